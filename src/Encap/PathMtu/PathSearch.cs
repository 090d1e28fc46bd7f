using Weft.Packets;

namespace Weft.Encap;

/// <summary>The state of one path: the size known to pass, and the search for a larger one (RFC 8899 section 5.2).</summary>
internal struct PathSearch
{
    /// <summary>Sizes closer than this to each other are not told apart: a search ends.</summary>
    private const int Resolution = 8;

    private Phase _phase;
    private int _upper;
    private int _sent;
    private Timestamp _raiseAt;

    private enum Phase : byte
    {
        /// <summary>Nothing is searched.</summary>
        Rest,

        /// <summary>The base size is to be confirmed.</summary>
        Base,

        /// <summary>Not even the base size passed; it is tried on and on, and packets are as small as IP allows.</summary>
        Error,

        /// <summary>A larger size is looked for.</summary>
        Search,

        /// <summary>The size found is confirmed once more.</summary>
        Confirm,
    }

    /// <summary>Size known to pass.</summary>
    public int Mtu { get; private set; }

    /// <summary>Size of the probe under way.</summary>
    public int ProbeBytes { get; private set; }

    /// <summary>Number of the probe under way.</summary>
    public uint Token { get; private set; }

    /// <summary>When the next thing happens.</summary>
    public Timestamp Due { get; private set; }

    /// <summary>A path that is probed from the base size on.</summary>
    public static PathSearch FromBase(int size, Timestamp now) => new() { _phase = Phase.Base, Mtu = size, ProbeBytes = size, Due = now };

    /// <summary>A path whose size is assumed.</summary>
    public static PathSearch AtRest(int size, Timestamp raiseAt) => new() { _phase = Phase.Rest, Mtu = size, Due = raiseAt, _raiseAt = raiseAt };

    public readonly bool IsAwaiting(uint token) => _sent > 0 && token == Token;

    /// <summary>A message says that no more than <paramref name="mtu"/> passes. True if that is less than was known to.</summary>
    public bool Lower(int mtu, Timestamp now, PathMtuOptions options)
    {
        if (mtu < Mtu)
        {
            Settle(mtu, now, options);
            return true;
        }

        // RFC 8899 section 4.6.2: what is known passes, the probe does not, the truth is in between.
        if (_phase == Phase.Search && mtu < ProbeBytes)
        {
            _upper = mtu;
            Next(first: true, now, options);
        }

        return false;
    }

    /// <summary>Does what is due. True if a probe is to be sent.</summary>
    public bool Advance(Timestamp now, int baseSize, PathMtuOptions options, ref PathMtuCounters counters)
    {
        if (_phase == Phase.Rest)
        {
            return Rouse(now, options, ref counters);
        }

        if (_sent < options.MaxProbes)
        {
            _sent++;
            Token++;
            counters.Probes++;
            Due = now + options.ProbeTimeout;
            return true;
        }

        counters.SizesLost++;
        switch (_phase)
        {
            case Phase.Search:
                _upper = ProbeBytes - 1;
                Next(first: false, now, options);
                break;
            case Phase.Confirm:
                counters.BlackHoles++;
                Try(Phase.Base, baseSize, now);
                Mtu = baseSize;
                break;
            default:
                Try(Phase.Error, baseSize, now + options.ProbeTimeout);
                Mtu = Math.Min(baseSize, options.Address.IsIPv4 ? TunnelPeer.MinPathMtu : PathMtuTable.IPv6Floor);
                break;
        }

        return false;
    }

    /// <summary>The probe under way did not leave.</summary>
    public void Unsend(Timestamp again)
    {
        _sent--;
        Due = again;
    }

    /// <summary>The probe under way passed.</summary>
    public void Confirm(Timestamp now, int baseSize, PathMtuOptions options)
    {
        bool wasBase = _phase is Phase.Base or Phase.Error;
        if (_phase == Phase.Confirm)
        {
            Rest(now, options);
            return;
        }

        Mtu = wasBase ? baseSize : ProbeBytes;
        _upper = wasBase ? options.MaxMtuBytes : _upper;
        Next(first: wasBase, now, options);
    }

    /// <summary>Time to look for more, or to see whether what was found still passes.</summary>
    private bool Rouse(Timestamp now, PathMtuOptions options, ref PathMtuCounters counters)
    {
        if (now < _raiseAt)
        {
            Try(Phase.Confirm, Mtu, now);
            return false;
        }

        counters.Raised++;
        if (options.Probing)
        {
            _upper = options.MaxMtuBytes;
            Next(first: true, now, options);
        }
        else
        {
            Mtu = options.MaxMtuBytes;
            (_raiseAt, Due) = (Timestamp.MaxValue, Timestamp.MaxValue);
        }

        return false;
    }

    /// <summary>Tries the largest size that may pass at first, since paths mostly have it, and then halves.</summary>
    private void Next(bool first, Timestamp now, PathMtuOptions options)
    {
        if (_upper - Mtu < (first ? 1 : Resolution))
        {
            Settle(Mtu, now, options);
            return;
        }

        Try(Phase.Search, first ? _upper : (Mtu + _upper + 1) / 2, now);
    }

    private void Try(Phase phase, int size, Timestamp due)
    {
        (_phase, ProbeBytes, Due) = (phase, size, due);
        _sent = 0;
    }

    private void Settle(int mtu, Timestamp now, PathMtuOptions options)
    {
        Mtu = mtu;
        _raiseAt = now + options.RaiseAfter;
        Rest(now, options);
    }

    private void Rest(Timestamp now, PathMtuOptions options)
    {
        (_phase, _sent) = (Phase.Rest, 0);
        Timestamp confirm = options.Probing ? now + options.ConfirmAfter : Timestamp.MaxValue;
        Due = confirm < _raiseAt ? confirm : _raiseAt;
    }
}
