using System.Runtime.CompilerServices;

namespace Weft.Host.Datapath.Tapping;

/// <summary>What became of a frame and of the copies that stem from it, as far as its worker saw.</summary>
internal struct TapFate
{
    /// <summary>Most ports that are told by name.</summary>
    public const int MaxNamed = 6;

    private NamedPorts _ports;

    /// <summary>Times that a port sent it.</summary>
    public int Sent;

    /// <summary>Copies that were dropped.</summary>
    public int Dropped;

    /// <summary>Why the first of them was.</summary>
    public DropReason Reason;

    /// <summary>Whether the switch kept it, because it was meant for it.</summary>
    public bool Consumed;

    /// <summary>Whether it waits for a neighbour.</summary>
    public bool Held;

    /// <summary>Workers that took it or copies of it over.</summary>
    public int HandedOver;

    /// <summary>The last of them.</summary>
    public int Worker;

    /// <summary>The ports that sent it, the first few.</summary>
    public readonly ushort Port(int index) => _ports[index];

    /// <summary>A port sent it.</summary>
    public void AddSent(int port)
    {
        if (Sent < MaxNamed)
        {
            _ports[Sent] = (ushort)port;
        }

        Sent++;
    }

    /// <summary>It, or a copy, was dropped.</summary>
    public void AddDrop(DropReason reason)
    {
        Reason = Dropped == 0 ? reason : Reason;
        Dropped++;
    }

    [InlineArray(MaxNamed)]
    private struct NamedPorts
    {
        private ushort _first;
    }
}
