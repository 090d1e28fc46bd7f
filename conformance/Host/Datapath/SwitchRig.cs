using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Sharing;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.HostTests;

/// <summary>A switch whose ports are cables in memory; the test holds the far ends and the clock.</summary>
internal sealed class SwitchRig : IDisposable
{
    public static readonly HashSeed Seed = new(0x0123456789ABCDEF, 0xFEDCBA9876543210);

    private readonly MemoryLink[] _links;

    public SwitchRig(SwitchPlan plan, SwitchSnapshot? state = null, MemoryLinkOptions? link = null, LeasedBlocks? leases = null, double start = 1000, BlockOwners? blockOwners = null)
    {
        Now = Timestamp.FromSeconds(start);
        link ??= new MemoryLinkOptions { QueueFrames = 4096, MaxFrameBytes = 9000 };
        _links = [.. plan.Ports.Select(port => new MemoryLink(port.Name, "far-" + port.Name, link))];
        Switch = new Switch(plan, [.. _links.Select(cable => cable.Left)], new SwitchOptions { Seed = Seed, State = state, Start = Now, Leases = leases is null ? null : _ => leases, BlockOwners = blockOwners is null ? null : () => blockOwners });
    }

    public Switch Switch { get; }

    public Timestamp Now { get; private set; }

    public MemoryLink Link(int port) => _links[port];

    /// <summary>A frame arrives at a port.</summary>
    public SwitchRig Send(int port, byte[] frame)
    {
        Assert.True(_links[port].Right.TrySend(frame, Now));
        return this;
    }

    /// <summary>The switch runs until nothing is left to receive, and its books must balance.</summary>
    public SwitchRig Run()
    {
        while (Switch.RunOnce(Now) > 0)
        {
        }

        Assert.True(Switch.Totals.Balanced, $"received + generated is not sent + dropped + consumed + held: {Switch.Totals}");
        return this;
    }

    /// <summary>A frame arrives and the switch deals with it.</summary>
    public SwitchRig Pass(int port, byte[] frame) => Send(port, frame).Run();

    /// <summary>Time passes.</summary>
    public SwitchRig Wait(TimeSpan time)
    {
        Now += time;
        return Run();
    }

    /// <summary>Frames that the switch sent out of a port since the last look.</summary>
    public List<byte[]> Out(int port)
    {
        var frames = new List<byte[]>();
        byte[] buffer = new byte[65536];
        while (_links[port].Right.TryReceive(buffer, Now, out int length))
        {
            frames.Add(buffer[..length]);
        }

        return frames;
    }

    /// <summary>All ports' output, as text: port, length, bytes.</summary>
    public List<string> AllOut() =>
        [.. _links.SelectMany((link, port) => Out(port).Select(frame => $"{link.Left.Name} {Convert.ToHexString(frame)}"))];

    /// <summary>Drops so far, by name.</summary>
    public Dictionary<string, long> Drops() =>
        Switch.Snapshot(SnapshotParts.None).Drops.GroupBy(drop => drop.Reason).ToDictionary(group => group.Key, group => group.Sum(drop => drop.Packets));

    public void Dispose()
    {
        Switch.Dispose();
        foreach (MemoryLink link in _links)
        {
            link.Dispose();
        }
    }
}
