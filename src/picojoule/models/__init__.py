"""Ready networks of famous papers, made of ordinary parts."""

from picojoule.models.diehl_cook import DiehlCook2015 as DiehlCook2015
from picojoule.models.diehl_cook import DiehlCook2015Conductance as DiehlCook2015Conductance
