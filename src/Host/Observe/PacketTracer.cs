using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Workers;
using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>
/// Says what a switch would do with a packet. The packet runs through the same stages as any other, but in a twin: a second
/// switch of the same configuration and state whose ports lead nowhere. The switch itself is not touched.
/// </summary>
public static class PacketTracer
{
    /// <summary>Buffers of a twin: one packet and its copies.</summary>
    private const int TwinBuffers = 512;

    /// <summary>Traces a packet.</summary>
    /// <param name="plan">The configuration.</param>
    /// <param name="port">Name of the port that the packet enters.</param>
    /// <param name="frame">The packet from its Ethernet header on, without frame check sequence.</param>
    /// <param name="state">What the switch has learned; null for a switch that has just started.</param>
    /// <exception cref="ArgumentException">The plan has no such port, or the packet is longer than a buffer of the plan.</exception>
    public static PacketTrace Trace(SwitchPlan plan, string port, ReadOnlySpan<byte> frame, SwitchSnapshot? state = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        int ingress = Position.Of(plan.Ports, known => known.Name == port);
        if (ingress < 0)
        {
            throw new ArgumentException($"There is no port {port}; there are {string.Join(", ", plan.Ports.Select(known => known.Name))}.", nameof(port));
        }

        if (frame.Length > plan.PoolBufferBytes - Switch.HeadroomBytes)
        {
            throw new ArgumentException($"The packet has {frame.Length} bytes; a buffer takes {plan.PoolBufferBytes - Switch.HeadroomBytes}.", nameof(frame));
        }

        var recorder = new TraceRecorder();
        ProbePort[] probes = [.. plan.Ports.Select(known => new ProbePort(known.Name, known.MtuBytes))];
        // The twin's own time starts where entries' ages can be counted back from.
        var options = new SwitchOptions { State = state, Start = TwinStart };
        using var twin = new Switch(NatGatewayState.WithOwnersOf(NatState.WithBlocksOf(plan, state), state) with { PoolBuffers = Math.Max(TwinBuffers, WorkerExchange.BuffersPerPeer * (plan.Workers - 1)) }, probes, options, recorder);
        probes[ingress].Inject(frame);
        _ = twin.RunOnce(TwinStart);
        return recorder.ToTrace();
    }

    private static Timestamp TwinStart => Timestamp.Zero + TimeSpan.FromDays(3650);
}
