from . import blog as blog
