"""The steps of a store in Redis that keep account of room: one script each, so each is atomic.

A script has three keys: the entry; the ``index`` of its kind, a sorted set of entries by the
millisecond at which they expire; and the ``charges`` of its kind, a hash of entries to bytes, in
which the empty field is the sum. The two accounts expire with their last entry, so nothing stays.
"""

from __future__ import annotations

from typing import Final

_ACCOUNT: Final = """
local entry, index, charges = KEYS[1], KEYS[2], KEYS[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- Takes an entry out of both accounts. The entry itself is expired, deleted or about to be replaced.
local function forget(name)
    local charge = redis.call('HGET', charges, name)
    redis.call('ZREM', index, name)
    if charge then
        redis.call('HDEL', charges, name)
        redis.call('HINCRBY', charges, '', -charge)
    end
end

local function forget_all(names)
    for _, name in ipairs(names) do forget(name) end
    return #names
end

-- Forgets entries that have expired, 16 at a time, so that no call pays for all of them.
local function sweep()
    return forget_all(redis.call('ZRANGEBYSCORE', index, '-inf', now, 'LIMIT', 0, 16))
end

local function usage()
    return tonumber(redis.call('HGET', charges, '') or '0')
end

-- Lets the accounts live at least as long as an entry with this time to live.
local function keep_account(ttl)
    for _, name in ipairs({index, charges}) do
        if redis.call('PTTL', name) < ttl then redis.call('PEXPIRE', name, ttl) end
    end
end

-- Returns how many entries were dropped to make room, or nil where there is none. Both loops end, since each round
-- removes an entry, and the budget bounds how many there are.
local function make_room(charge, budget, droppable)
    sweep()
    local allowed = budget - charge + (redis.call('HGET', charges, entry) or 0)
    while usage() > allowed and sweep() > 0 do end
    if usage() <= allowed then return 0 end
    if not droppable then return nil end
    local dropped = 0
    -- An eighth at once, so that a full store is not logged at every write.
    while usage() > allowed - allowed / 8 do
        local names = redis.call('ZRANGE', index, 0, 15)
        if #names == 0 then break end
        for _, name in ipairs(names) do redis.call('DEL', name) end
        dropped = dropped + forget_all(names)
    end
    return dropped
end

local function write(value, ttl, charge, budget, droppable)
    local dropped = make_room(charge, budget, droppable)
    if not dropped then return redis.error_reply('FULL ' .. string.match(index, '[^:]*$')) end
    forget(entry)
    redis.call('SET', entry, value, 'PX', ttl)
    redis.call('ZADD', index, now + ttl, entry)
    redis.call('HSET', charges, entry, charge)
    redis.call('HINCRBY', charges, '', charge)
    keep_account(ttl)
    return dropped
end
"""

PUT: Final = f"""{_ACCOUNT}
local charge, budget, droppable = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5] == '1'
local earlier = redis.call('EXISTS', entry) == 1 and tonumber(redis.call('HGET', charges, entry) or '0') or 0
-- An outcome that is larger than the claim it replaces may use half of the budget. The other half is left to claims,
-- or a few large outcomes would keep everybody else from making one.
if not droppable and charge > earlier then budget = budget / 2 end
return write(ARGV[1], tonumber(ARGV[2]), charge, budget, droppable)
"""
"""Arguments: value, ttl, charge, budget, whether to drop the oldest. Returns how many it did."""

CLAIM: Final = f"""{_ACCOUNT}
local value = redis.call('GET', entry)
if value then return value end
return write(ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5] == '1')
"""
"""Arguments as for ``PUT``. Returns the entry's value, or writes one and returns the drops."""

COUNT: Final = f"""{_ACCOUNT}
if redis.call('EXISTS', entry) == 1 then return {{redis.call('INCR', entry), 0}} end
local dropped = write('1', tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), true)
if type(dropped) == 'table' then return dropped end  -- an error reply
return {{1, dropped}}
"""
"""Arguments: window, charge, budget. Returns the count, and how many entries were dropped."""

POP: Final = f"""{_ACCOUNT}
local value = redis.call('GETDEL', entry)
forget(entry)
return value
"""

RENEW: Final = f"""{_ACCOUNT}
local ttl = tonumber(ARGV[1])
if redis.call('PEXPIRE', entry, ttl) == 0 then return 0 end
redis.call('ZADD', index, now + ttl, entry)
keep_account(ttl)
return 1
"""
"""Argument: ttl. Returns 1 if there is a value, else 0."""
