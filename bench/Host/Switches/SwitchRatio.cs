using Weft.Bench.Ratios;

namespace Weft.Bench.Host.Switches;

/// <summary>Our switch beside another one in the same place. The switch that is not measured is held.</summary>
/// <param name="pair">The two.</param>
/// <param name="unit">Of what it costs.</param>
internal abstract class SwitchRatio(SwitchPair pair, string unit) : IRatio
{
    private SwitchUnderTest? _ours;
    private SwitchUnderTest? _peer;

    public string Package => "Host";

    public virtual string Name => pair.Name;

    public string Unit => unit;

    public string PeerName => pair.PeerName;

    public double Goal => pair.Goal;

    /// <summary>Neighbours on the machine can only make either slower.</summary>
    public Statistic Statistic => Statistic.Minimum;

    /// <summary>True to see that everything runs.</summary>
    protected bool IsShort { get; private set; }

    public void SetUp(bool shortRun)
    {
        IsShort = shortRun;
        if (Environment.IsPrivilegedProcess && PeerProcess.Exists("ip") && pair.Missing is null)
        {
            _ours = pair.Ours();
            _ours.Start();
        }
    }

    public string? SetUpPeer()
    {
        if (_ours is null)
        {
            return pair.Missing ?? "needs root and iproute2 to make network namespaces";
        }

        try
        {
            _ours.Freeze(true);
            _peer = pair.Peer();
            _peer.Start();
            return null;
        }
        catch (InvalidOperationException failed)
        {
            return failed.Message;
        }
    }

    public Sample Ours() => _ours is null ? default : Measure(_ours, _peer);

    public Sample Peer() => Measure(_peer!, _ours);

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _ours?.Freeze(false);
        _peer?.Freeze(false);
        _ours?.Dispose();
        _peer?.Dispose();
    }

    /// <summary>What a switch costs.</summary>
    protected abstract double Cost(SwitchUnderTest of);

    /// <summary>True if a switch is ours.</summary>
    protected bool IsOurs(SwitchUnderTest of) => of == _ours;

    private Sample Measure(SwitchUnderTest of, SwitchUnderTest? other)
    {
        other?.Freeze(true);
        of.Freeze(false);
        return new Sample(Cost(of), 0);
    }
}
