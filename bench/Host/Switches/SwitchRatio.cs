using System.Diagnostics;
using Weft.Bench.Ports;
using Weft.Bench.Ratios;

namespace Weft.Bench.Host.Switches;

/// <summary>
/// Our switch beside another one in the same place: a source sends as fast as it can into one veth pair, and what arrives behind the other counts. The
/// switch that is not measured is held.
/// </summary>
public abstract class SwitchRatio : IRatio
{
    private const int FrameBytes = 60;
    private TimeSpan _duration;
    private SwitchUnderTest? _ours;
    private SwitchUnderTest? _peer;

    /// <inheritdoc/>
    public string Package => "Host";

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public virtual string Unit => "ns/frame";

    /// <inheritdoc/>
    public abstract string PeerName { get; }

    /// <inheritdoc/>
    public abstract double Goal { get; }

    /// <summary>Neighbours on the machine can only make either slower.</summary>
    public virtual Statistic Statistic => Statistic.Minimum;

    /// <summary>Type and driver of our ports.</summary>
    private protected virtual string Port => "type: af_packet";

    /// <summary>Why the peer cannot be measured here; null if it can.</summary>
    private protected abstract string? Missing { get; }

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _duration = TimeSpan.FromMilliseconds(shortRun ? 100 : 500);
        if (Environment.IsPrivilegedProcess && PeerProcess.Exists("ip") && Missing is null)
        {
            _ours = new WeftSwitch(new ForwardingPath(FrameBytes), Port);
            _ours.Start();
        }
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        if (_ours is null)
        {
            return Missing ?? "needs root and iproute2 to make network namespaces";
        }

        try
        {
            _ours.Freeze(true);
            _peer = Peer(new ForwardingPath(FrameBytes));
            _peer.Start();
            return null;
        }
        catch (InvalidOperationException failed)
        {
            return failed.Message;
        }
    }

    /// <inheritdoc/>
    public Sample Ours() => _ours is null ? default : Measure(_ours, _peer);

    /// <inheritdoc/>
    public Sample Peer() => Measure(_peer!, _ours);

    /// <inheritdoc/>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _ours?.Freeze(false);
        _peer?.Freeze(false);
        _ours?.Dispose();
        _peer?.Dispose();
    }

    /// <summary>The other switch.</summary>
    private protected abstract SwitchUnderTest Peer(ForwardingPath path);

    /// <summary>What it costs, whatever is asked.</summary>
    private protected virtual double Cost(SwitchUnderTest of)
    {
        long before = of.Path.Arrived;
        long started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < _duration)
        {
            of.Path.SendBurst();
        }

        double nanoseconds = Stopwatch.GetElapsedTime(started).TotalNanoseconds;
        return nanoseconds / Math.Max(1, of.Path.Arrived - before);
    }

    private Sample Measure(SwitchUnderTest of, SwitchUnderTest? other)
    {
        other?.Freeze(true);
        of.Freeze(false);
        return new Sample(Cost(of), 0);
    }
}
