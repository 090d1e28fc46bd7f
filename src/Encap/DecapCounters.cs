namespace Weft.Encap;

/// <summary>What a <see cref="TunnelDecapsulator"/> did, one field for each <see cref="DecapVerdict"/> and then what it noticed.</summary>
public struct DecapCounters
{
    /// <summary>Inner frames delivered.</summary>
    public long Decapsulated;

    /// <summary>Bytes of those inner frames.</summary>
    public long Bytes;

    /// <summary>See <see cref="DecapVerdict.NotForMe"/>.</summary>
    public long NotForMe;

    /// <summary>See <see cref="DecapVerdict.NotTunnel"/>.</summary>
    public long NotTunnel;

    /// <summary>See <see cref="DecapVerdict.OuterMalformed"/>.</summary>
    public long OuterMalformed;

    /// <summary>See <see cref="DecapVerdict.OuterHeaderChecksum"/>.</summary>
    public long OuterHeaderChecksum;

    /// <summary>See <see cref="DecapVerdict.OuterFragment"/>.</summary>
    public long OuterFragment;

    /// <summary>See <see cref="DecapVerdict.OuterSource"/>.</summary>
    public long OuterSource;

    /// <summary>See <see cref="DecapVerdict.UdpChecksum"/>.</summary>
    public long UdpChecksum;

    /// <summary>See <see cref="DecapVerdict.UdpChecksumZero"/>.</summary>
    public long UdpChecksumZero;

    /// <summary>See <see cref="DecapVerdict.TunnelTruncated"/>.</summary>
    public long TunnelTruncated;

    /// <summary>See <see cref="DecapVerdict.VniFlagMissing"/>.</summary>
    public long VniFlagMissing;

    /// <summary>See <see cref="DecapVerdict.TunnelVersion"/>.</summary>
    public long TunnelVersion;

    /// <summary>See <see cref="DecapVerdict.OptionOverrun"/>.</summary>
    public long OptionOverrun;

    /// <summary>See <see cref="DecapVerdict.UnknownCriticalOption"/>.</summary>
    public long UnknownCriticalOption;

    /// <summary>See <see cref="DecapVerdict.ControlPacket"/>.</summary>
    public long ControlPacket;

    /// <summary>See <see cref="DecapVerdict.UnknownPayload"/>.</summary>
    public long UnknownPayload;

    /// <summary>See <see cref="DecapVerdict.InnerRunt"/>.</summary>
    public long InnerRunt;

    /// <summary>See <see cref="DecapVerdict.CongestionDrop"/>.</summary>
    public long CongestionDrop;

    /// <summary>See <see cref="DecapVerdict.Fragment"/>; the frames that come of them are counted as delivered too.</summary>
    public long Fragments;

    /// <summary>See <see cref="DecapVerdict.BadFragmentOption"/>.</summary>
    public long BadFragmentOption;

    /// <summary>Geneve packets whose header says otherwise than their options whether one is critical (RFC 8926 section 3.4); the options count.</summary>
    public long CriticalFlagMismatch;

    /// <summary>Delivered frames that had congestion marked outside and now carry the mark inside.</summary>
    public long CongestionMarked;

    /// <summary>Delivered frames with a combination of fields that RFC 6040 section 4.2 calls currently unused or dangerous.</summary>
    public long EcnAnomaly;

    /// <summary>Delivered Geneve packets with options, all of them ignored; fragments are not among them.</summary>
    public long OptionsIgnored;

    internal void CountRefusal(DecapVerdict verdict)
    {
        switch (verdict)
        {
            case DecapVerdict.NotForMe: NotForMe++; break;
            case DecapVerdict.NotTunnel: NotTunnel++; break;
            case DecapVerdict.OuterMalformed: OuterMalformed++; break;
            case DecapVerdict.OuterHeaderChecksum: OuterHeaderChecksum++; break;
            case DecapVerdict.OuterFragment: OuterFragment++; break;
            case DecapVerdict.OuterSource: OuterSource++; break;
            case DecapVerdict.UdpChecksum: UdpChecksum++; break;
            case DecapVerdict.UdpChecksumZero: UdpChecksumZero++; break;
            case DecapVerdict.TunnelTruncated: TunnelTruncated++; break;
            case DecapVerdict.VniFlagMissing: VniFlagMissing++; break;
            case DecapVerdict.TunnelVersion: TunnelVersion++; break;
            case DecapVerdict.OptionOverrun: OptionOverrun++; break;
            case DecapVerdict.UnknownCriticalOption: UnknownCriticalOption++; break;
            case DecapVerdict.ControlPacket: ControlPacket++; break;
            case DecapVerdict.UnknownPayload: UnknownPayload++; break;
            case DecapVerdict.InnerRunt: InnerRunt++; break;
            case DecapVerdict.CongestionDrop: CongestionDrop++; break;
            case DecapVerdict.Fragment: Fragments++; break;
            case DecapVerdict.BadFragmentOption: BadFragmentOption++; break;
            default: break;
        }
    }
}
