namespace Weft.Host.Observe;

/// <summary>What one worker of the switch does.</summary>
public sealed record WorkerSnapshot
{
    /// <summary>Number of the worker, from 0. The first has what there is once: neighbours' questions, bridge nodes, timers of engines.</summary>
    public required int Index { get; init; }

    /// <summary>The processor that it keeps to; null if the system may move it.</summary>
    public int? Core { get; init; }

    /// <summary>Ports that it uses itself; what it has for others it hands to their workers.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];

    /// <summary>Frames taken from ports.</summary>
    public required long Received { get; init; }

    /// <summary>Packets taken from other workers.</summary>
    public required long HandedIn { get; init; }

    /// <summary>Packets handed to other workers.</summary>
    public required long HandedOut { get; init; }

    /// <summary>Frames that ports accepted.</summary>
    public required long Sent { get; init; }

    /// <summary>Packets dropped, those among them that another worker's ring had no room for.</summary>
    public required long Dropped { get; init; }

    /// <summary>Packets that another worker's ring had no room for.</summary>
    public required long RingFull { get; init; }

    /// <summary>Packets in the rings to this worker at the moment of the picture.</summary>
    public required int Waiting { get; init; }

    /// <summary>Packet buffers that are free.</summary>
    public required int BuffersFree { get; init; }

    /// <summary>Packet buffers in all.</summary>
    public required int Buffers { get; init; }
}
