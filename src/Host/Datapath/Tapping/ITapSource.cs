using Weft.Host.Config;

namespace Weft.Host.Datapath.Tapping;

/// <summary>A capture, as the switch sees it: it says what it wants of a configuration, and has a lane for every worker.</summary>
internal interface ITapSource
{
    /// <summary>What is wanted of a configuration. Asked again after a reload.</summary>
    TapWish WishOf(SwitchPlan plan);

    /// <summary>The lane of a worker, which stays the same over all configurations.</summary>
    TapLane LaneOf(int worker, SwitchPlan plan);
}
