namespace Weft.Host.Datapath.Workers;

/// <summary>Which worker a packet has to be at when it meets a stage.</summary>
internal enum StagePlacement
{
    /// <summary>The first worker: its engine has state that belongs to no single flow. Right for any engine, and the default.</summary>
    Home,

    /// <summary>The worker of the packet's flow, both directions at the same: its engine has state by flow, an instance a worker.</summary>
    Flow,

    /// <summary>The worker that the stage names for the packet: its engine has state by something else that the packet tells, such as a machine, an instance each.</summary>
    Owner,

    /// <summary>Any: its engine has no state that packets change, or keeps it alike in all workers by itself.</summary>
    Anywhere,
}
