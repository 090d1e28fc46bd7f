using Weft.Flows;

namespace Weft.Analytics;

/// <summary>What a <see cref="MicroClusterModel"/> thinks of one vector.</summary>
/// <param name="IsAnomalous">True if it is within no normal cluster.</param>
/// <param name="Distance">Distance from the nearest normal cluster; infinite if there is none.</param>
/// <param name="PValue">Share of the calibration vectors at least as far, the vector itself counted; 1 without calibration.</param>
/// <param name="Nearest">The nearest normal cluster; none if there is none.</param>
/// <param name="Adaptation">What it changed.</param>
/// <param name="ExtraCount">Features that it has and the nearest cluster has not: how many were written.</param>
/// <param name="MissingCount">Features that the nearest cluster has and it has not: how many were written.</param>
public readonly record struct BehaviorVerdict(
    bool IsAnomalous, double Distance, double PValue, SlotHandle Nearest, BehaviorAdaptation Adaptation, int ExtraCount, int MissingCount);
