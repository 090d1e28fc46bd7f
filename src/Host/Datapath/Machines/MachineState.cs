namespace Weft.Host.Datapath.Machines;

/// <summary>Whose a machine is.</summary>
internal enum MachineState
{
    /// <summary>The cluster has not yet said whose it is; its packets are dropped.</summary>
    Claiming,

    /// <summary>This host serves it.</summary>
    Serving,

    /// <summary>Another host serves it, and it may move here.</summary>
    Standby,

    /// <summary>It is moving away; this host serves it, or keeps its packets for the moment.</summary>
    Leaving,

    /// <summary>It is moving here; the other host serves it still.</summary>
    Arriving,

    /// <summary>It has moved away; what still comes for it is sent after it.</summary>
    Gone,
}
