using Weft.Packets;

namespace Weft.Bridge;

/// <content>How a node tells both networks where machines are.</content>
public sealed partial class BridgeNode
{
    /// <summary>Announcements that one poll sends, so that forwarding goes on in between.</summary>
    private const int AnnouncementsPerPoll = 2048;

    /// <summary>Bindings that one poll looks at.</summary>
    private const int BindingsPerPoll = 64;

    private readonly AddressBindingEntry[] _bindingWalk = new AddressBindingEntry[BindingsPerPoll];

    /// <summary>
    /// Divides all known machines in two: those behind the VLANs are announced into the overlay, all others into the VLANs. What was
    /// learned from the other node's tunnel is left out: it lives behind the VLANs, and announcing it there would draw its frames away.
    /// </summary>
    private void Gather(Timestamp now)
    {
        _announcer.Begin();
        int cursor = 0;
        do
        {
            int count = Table.CopyTo(ref cursor, _entries, now);
            foreach (MacSyncEntry entry in _entries.AsSpan(0, count))
            {
                _announcer.Add(entry.Vlan, entry.Mac, toOverlay: true, TimeSpan.FromSeconds(entry.AgeSeconds));
            }
        }
        while (cursor != 0);
        do
        {
            int count = _macs.CopyTo(ref cursor, _walk, now);
            foreach (FilteringEntry entry in _walk.AsSpan(0, count))
            {
                bool isElsewhere = entry.Where != _port && !IsPeer(entry.Where);
                if (isElsewhere && _receiver.IsBridged(entry.Vlan) && !Table.Contains(entry.Vlan, entry.Mac))
                {
                    _announcer.Add(entry.Vlan, entry.Mac, toOverlay: false, entry.Age);
                }
            }
        }
        while (cursor != 0);
        _announcer.Start(now);
        _addressesDue = _bindings is not null;
        _addressCursor = 0;
    }

    private void Announce<TSink>(Timestamp now, ref TSink sink)
        where TSink : IBridgeNodeSink, allows ref struct
    {
        int round = _announcer.Round;
        for (int i = 0; i < AnnouncementsPerPoll && _announcer.TryNext(now, out ushort vlan, out MacAddress mac, out bool toOverlay); i++)
        {
            Announce(vlan, mac, toOverlay, now, ref sink);
        }

        if (_announcer.Round != round)
        {
            Apply(new NodeEvent(NodeInput.Announced), now);
            _addressesDue = _bindings is not null;
        }

        if (_addressesDue)
        {
            AnnounceAddresses(now, ref sink);
        }
    }

    private void Announce<TSink>(ushort vlan, MacAddress mac, bool toOverlay, Timestamp now, ref TSink sink)
        where TSink : IBridgeNodeSink, allows ref struct
    {
        // It may have moved since it was gathered: nobody is announced to where he is.
        bool isKnown = _macs.TryLookup(vlan, mac, now, out BridgeLocation where);
        if (toOverlay ? isKnown && where != _port : !isKnown || where == _port)
        {
            _counters.AnnouncementsWithheld++;
            return;
        }

        if (toOverlay)
        {
            _counters.AnnouncedToOverlay++;
            sink.ToOverlay(vlan, _frame.AsSpan(0, Announcement.WriteRarp(_frame, mac)));
        }
        else
        {
            _counters.AnnouncedToVlan++;
            sink.ToVlan(vlan, _frame.AsSpan(0, Announcement.WriteRarp(_frame, mac, TagOf(vlan))));
        }
    }

    private void AnnounceAddresses<TSink>(Timestamp now, ref TSink sink)
        where TSink : IBridgeNodeSink, allows ref struct
    {
        int count = _bindings!.CopyTo(ref _addressCursor, _bindingWalk, now);
        _addressesDue = _addressCursor != 0;
        foreach (AddressBindingEntry entry in _bindingWalk.AsSpan(0, count))
        {
            MacAddress mac = entry.Binding.Mac;
            if (!_receiver.IsBridged(entry.Vlan) || !_macs.TryLookup(entry.Vlan, mac, now, out BridgeLocation where) || IsPeer(where))
            {
                continue;
            }

            bool toOverlay = where == _port;
            ushort tag = toOverlay ? (ushort)0 : TagOf(entry.Vlan);
            int length = entry.IsIPv4
                ? Announcement.WriteGratuitousArp(_frame, mac, entry.V4, tag)
                : Announcement.WriteNeighborAdvertisement(_frame, mac, entry.Address, entry.Binding.IsRouter, tag);
            _counters.AddressesAnnounced++;
            if (toOverlay)
            {
                sink.ToOverlay(entry.Vlan, _frame.AsSpan(0, length));
            }
            else
            {
                sink.ToVlan(entry.Vlan, _frame.AsSpan(0, length));
            }
        }
    }

    private bool IsPeer(BridgeLocation where) => where.IsVtep && where.Index == _options.PeerVtep;
}
