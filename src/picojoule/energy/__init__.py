"""What a network costs: operations counted, prices from cited tables, and the honest comparison with a ReLU network."""

from typing import TYPE_CHECKING

from picojoule.core.rooms import furnish as _furnish

if TYPE_CHECKING:
    from picojoule.energy.account import Account as Account
    from picojoule.energy.account import Line as Line
    from picojoule.energy.account import account as account
    from picojoule.energy.amount import energy_amount as energy_amount
    from picojoule.energy.anytime import Answers as Answers
    from picojoule.energy.anytime import answers_over_time as answers_over_time
    from picojoule.energy.arithmetic import Addressing as Addressing
    from picojoule.energy.arithmetic import ArithmeticTable as ArithmeticTable
    from picojoule.energy.arithmetic import MemoryLevel as MemoryLevel
    from picojoule.energy.baseline import ReluBaseline as ReluBaseline
    from picojoule.energy.baseline import relu_accuracy as relu_accuracy
    from picojoule.energy.baseline import train_relu_network as train_relu_network
    from picojoule.energy.budget import EnergyBudget as EnergyBudget
    from picojoule.energy.compare import Comparison as Comparison
    from picojoule.energy.compare import Contender as Contender
    from picojoule.energy.compare import compare as compare
    from picojoule.energy.compare_trained import compare_trained as compare_trained
    from picojoule.energy.contenders import relu_contender as relu_contender
    from picojoule.energy.contenders import spiking_contender as spiking_contender
    from picojoule.energy.costs import arithmetic_table as arithmetic_table
    from picojoule.energy.costs import cost_table as cost_table
    from picojoule.energy.costs import cost_table_names as cost_table_names
    from picojoule.energy.count.count import Count as Count
    from picojoule.energy.dense import Optimiser as Optimiser
    from picojoule.energy.dense import dense_inference as dense_inference
    from picojoule.energy.dense import dense_training as dense_training
    from picojoule.energy.device import DeviceTable as DeviceTable
    from picojoule.energy.encoder import encoder_operations as encoder_operations
    from picojoule.energy.feedforward import feedforward_inference as feedforward_inference
    from picojoule.energy.front import front as front
    from picojoule.energy.layered import SpikingStage as SpikingStage
    from picojoule.energy.layered import layered_inference as layered_inference
    from picojoule.energy.matched import matched_network as matched_network
    from picojoule.energy.measure import Counter as Counter
    from picojoule.energy.measure import Joules as Joules
    from picojoule.energy.measure import machine_counter as machine_counter
    from picojoule.energy.measure import measure as measure
    from picojoule.energy.over_tables import Interval as Interval
    from picojoule.energy.over_tables import OverTables as OverTables
    from picojoule.energy.over_tables import over_tables as over_tables
    from picojoule.energy.readout import readout_operations as readout_operations
    from picojoule.energy.readout import sureness_operations as sureness_operations
    from picojoule.energy.spike_prices import spike_prices as spike_prices
    from picojoule.energy.stage import Stage as Stage
    from picojoule.energy.stage import convolution_stage as convolution_stage
    from picojoule.energy.stage import dense_stage as dense_stage
    from picojoule.energy.step_operations import step_operations as step_operations
    from picojoule.energy.study.study import Study as Study
    from picojoule.energy.study.trial import EarlyExit as EarlyExit
    from picojoule.energy.study.trial import Moment as Moment
    from picojoule.energy.study.trial import Side as Side
    from picojoule.energy.study.trial import Trial as Trial
    from picojoule.energy.table import CostTable as CostTable
    from picojoule.energy.table import Priced as Priced
    from picojoule.energy.tested import Shown as Shown
    from picojoule.energy.tested import conventional_side as conventional_side
    from picojoule.energy.tested import spiking_side as spiking_side
    from picojoule.energy.twin import twin_of as twin_of
    from picojoule.energy.work import Products as Products
    from picojoule.energy.work import Traffic as Traffic
    from picojoule.energy.work import Work as Work
    from picojoule.energy.work import Workload as Workload
    from picojoule.energy.work import spiking_workload as spiking_workload

_HOMES = {
    "Account": "picojoule.energy.account",
    "Addressing": "picojoule.energy.arithmetic",
    "Answers": "picojoule.energy.anytime",
    "ArithmeticTable": "picojoule.energy.arithmetic",
    "Comparison": "picojoule.energy.compare",
    "Contender": "picojoule.energy.compare",
    "CostTable": "picojoule.energy.table",
    "Count": "picojoule.energy.count.count",
    "Counter": "picojoule.energy.measure",
    "DeviceTable": "picojoule.energy.device",
    "EarlyExit": "picojoule.energy.study.trial",
    "EnergyBudget": "picojoule.energy.budget",
    "Interval": "picojoule.energy.over_tables",
    "Joules": "picojoule.energy.measure",
    "Line": "picojoule.energy.account",
    "MemoryLevel": "picojoule.energy.arithmetic",
    "Moment": "picojoule.energy.study.trial",
    "Optimiser": "picojoule.energy.dense",
    "OverTables": "picojoule.energy.over_tables",
    "Priced": "picojoule.energy.table",
    "Products": "picojoule.energy.work",
    "ReluBaseline": "picojoule.energy.baseline",
    "Shown": "picojoule.energy.tested",
    "Side": "picojoule.energy.study.trial",
    "SpikingStage": "picojoule.energy.layered",
    "Stage": "picojoule.energy.stage",
    "Study": "picojoule.energy.study.study",
    "Traffic": "picojoule.energy.work",
    "Trial": "picojoule.energy.study.trial",
    "Work": "picojoule.energy.work",
    "Workload": "picojoule.energy.work",
    "account": "picojoule.energy.account",
    "answers_over_time": "picojoule.energy.anytime",
    "arithmetic_table": "picojoule.energy.costs",
    "compare": "picojoule.energy.compare",
    "compare_trained": "picojoule.energy.compare_trained",
    "conventional_side": "picojoule.energy.tested",
    "convolution_stage": "picojoule.energy.stage",
    "cost_table": "picojoule.energy.costs",
    "cost_table_names": "picojoule.energy.costs",
    "dense_inference": "picojoule.energy.dense",
    "dense_stage": "picojoule.energy.stage",
    "dense_training": "picojoule.energy.dense",
    "encoder_operations": "picojoule.energy.encoder",
    "energy_amount": "picojoule.energy.amount",
    "feedforward_inference": "picojoule.energy.feedforward",
    "front": "picojoule.energy.front",
    "layered_inference": "picojoule.energy.layered",
    "machine_counter": "picojoule.energy.measure",
    "matched_network": "picojoule.energy.matched",
    "measure": "picojoule.energy.measure",
    "over_tables": "picojoule.energy.over_tables",
    "readout_operations": "picojoule.energy.readout",
    "relu_accuracy": "picojoule.energy.baseline",
    "relu_contender": "picojoule.energy.contenders",
    "spike_prices": "picojoule.energy.spike_prices",
    "spiking_contender": "picojoule.energy.contenders",
    "spiking_side": "picojoule.energy.tested",
    "spiking_workload": "picojoule.energy.work",
    "step_operations": "picojoule.energy.step_operations",
    "sureness_operations": "picojoule.energy.readout",
    "train_relu_network": "picojoule.energy.baseline",
    "twin_of": "picojoule.energy.twin",
}

__all__ = _furnish(__name__, _HOMES)  # noqa: PLE0605  # a list of texts
