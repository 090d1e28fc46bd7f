namespace Weft.Bridge;

/// <summary>What a <see cref="BridgeNode"/> sent, took and refused.</summary>
public struct BridgeNodeCounters
{
    /// <summary>MAC-SYNC messages sent.</summary>
    public long MessagesSent;

    /// <summary>MAC-SYNC messages accepted.</summary>
    public long MessagesAccepted;

    /// <summary>See <see cref="MacSyncVerdict.Malformed"/>.</summary>
    public long Malformed;

    /// <summary>See <see cref="MacSyncVerdict.ForeignBridge"/>.</summary>
    public long ForeignBridge;

    /// <summary>See <see cref="MacSyncVerdict.OwnMessage"/>.</summary>
    public long OwnMessage;

    /// <summary>See <see cref="MacSyncVerdict.Unauthentic"/>.</summary>
    public long Unauthentic;

    /// <summary>See <see cref="MacSyncVerdict.Stale"/>.</summary>
    public long Stale;

    /// <summary>Entries entered or withdrawn at the other node's word.</summary>
    public long EntriesApplied;

    /// <summary>Entries skipped: a group address, a VLAN that is not bridged, or an address of this node.</summary>
    public long EntriesInvalid;

    /// <summary>Entries refused because the table is full.</summary>
    public long EntriesRefused;

    /// <summary>Digests of the other node that did not agree with this one's table.</summary>
    public long DigestMismatches;

    /// <summary>Full transfers begun, as sender.</summary>
    public long FullTransfersSent;

    /// <summary>Full transfers that took force, as receiver.</summary>
    public long FullTransfersTaken;

    /// <summary>Full transfers thrown away because something was lost on the way.</summary>
    public long FullTransfersDiscarded;

    /// <summary>Requests to hosts sent.</summary>
    public long FlushRequests;

    /// <summary>RARPs sent into the overlay.</summary>
    public long AnnouncedToOverlay;

    /// <summary>RARPs sent into the VLANs.</summary>
    public long AnnouncedToVlan;

    /// <summary>Gratuitous ARP and unsolicited neighbour advertisements sent.</summary>
    public long AddressesAnnounced;

    /// <summary>Announcements left out because the machine is on the side that would hear it.</summary>
    public long AnnouncementsWithheld;

    /// <summary>Loop probes sent.</summary>
    public long ProbesSent;

    /// <summary>Loop probes of the other node heard.</summary>
    public long PeerProbes;

    /// <summary>Own loop probes heard: a loop.</summary>
    public long OwnProbes;

    /// <summary>Loop probes that were forged, damaged or old.</summary>
    public long ProbesRefused;

    /// <summary>Times that too long passed between two polls.</summary>
    public long Gaps;

    /// <summary>Times that this node took over.</summary>
    public long Promotions;

    /// <summary>Times that it stopped forwarding.</summary>
    public long Demotions;

    internal void Count(MacSyncVerdict verdict)
    {
        switch (verdict)
        {
            case MacSyncVerdict.Accepted: MessagesAccepted++; break;
            case MacSyncVerdict.Malformed: Malformed++; break;
            case MacSyncVerdict.ForeignBridge: ForeignBridge++; break;
            case MacSyncVerdict.OwnMessage: OwnMessage++; break;
            case MacSyncVerdict.Unauthentic: Unauthentic++; break;
            default: Stale++; break;
        }
    }
}
