using Weft.Packets;

namespace Weft.Bridge;

/// <summary>A group of links: which of them are chosen (IEEE 802.1AX clause 6.4.14), and which of those a flow takes.</summary>
internal sealed class LinkGroup
{
    /// <summary>Flows are spread over so many buckets, and buckets over links, so that a link that fails moves its own flows alone.</summary>
    public const int Buckets = 256;

    private const short None = -1;

    private readonly LinkGroupOptions _options;
    private readonly KeyedHash _hash;
    private readonly LinkMember[] _members;
    private short[] _current = new short[Buckets];
    private short[] _spare = new short[Buckets];
    private ulong _distributing;
    private ulong _spread;

    public LinkGroup(LinkGroupOptions options, HashSeed seed, LinkMember[] members)
    {
        (_options, _hash) = (options, new KeyedHash(seed));
        _members = [.. members.OrderBy(member => member.Actor.PortPriority).ThenBy(member => member.Port)];
        _current.AsSpan().Fill(None);
    }

    public LinkMember[] Members => _members;

    /// <summary>Links that carry frames; 0 if there are fewer than there must be.</summary>
    public int Usable => System.Numerics.BitOperations.PopCount(_spread);

    /// <summary>The port that a flow leaves through, -1 if none does. Any thread.</summary>
    public int PortOf(uint hash) => Volatile.Read(ref _current)[hash % Buckets];

    /// <summary>Chooses links and lets their mux machines follow.</summary>
    public void Run(Timestamp now)
    {
        bool fallsBack = _options.Mode != LacpMode.Static && _options.Fallback && !Array.Exists(_members, static member => member.HasPartner);
        if (_options.Mode == LacpMode.Static)
        {
            Select(static (member, _) => member.IsEnabled, default);
        }
        else if (fallsBack)
        {
            int first = Array.FindIndex(_members, static member => member is { IsEnabled: true, Receiver: LacpReceiveState.Defaulted });
            for (int i = 0; i < _members.Length; i++)
            {
                _members[i].IsSelected = i == first;
            }
        }
        else
        {
            SelectByPartner();
        }

        bool ready = true;
        foreach (LinkMember member in _members)
        {
            ready &= !member.IsSelected || member.IsReady(now);
        }

        _distributing = 0;
        for (int i = 0; i < _members.Length; i++)
        {
            _members[i].RunMux(now, ready, withoutPartner: fallsBack || _options.Mode == LacpMode.Static);
            _distributing |= _members[i].Mux == LacpMuxState.Distributing ? 1UL << i : 0;
        }

        ulong usable = System.Numerics.BitOperations.PopCount(_distributing) >= _options.MinLinks ? _distributing : 0;
        if (usable != _spread)
        {
            _spread = usable;
            Spread();
        }
    }

    /// <summary>Links to one partner with one key can be one group; that which is in use stays, otherwise the largest wins.</summary>
    private void SelectByPartner()
    {
        LinkMember? best = null;
        int most = 0;
        foreach (LinkMember candidate in _members)
        {
            if (!CanJoin(candidate))
            {
                continue;
            }

            // A link in use outweighs any number that are not.
            int weight = candidate.IsCollecting ? LinkAggregatorOptions.MaxMembers : 0;
            foreach (LinkMember other in _members)
            {
                weight += CanJoin(other) && AreOne(candidate, other) ? 1 : 0;
            }

            if (weight > most)
            {
                (best, most) = (candidate, weight);
            }
        }

        Select(static (member, chosen) => chosen is not null && CanJoin(member) && AreOne(chosen, member), best);
    }

    private void Select(Func<LinkMember, LinkMember?, bool> mayJoin, LinkMember? chosen)
    {
        int left = _options.MaxLinks;
        foreach (LinkMember member in _members)
        {
            member.IsSelected = mayJoin(member, chosen) && left-- > 0;
        }
    }

    /// <summary>A cable from the switch to itself is no link to anybody.</summary>
    private static bool CanJoin(LinkMember member) => member.IsEnabled && member.HasPartner && member.Partner.System != member.Actor.System;

    /// <summary>A link that its partner wants to be alone is alone.</summary>
    private static bool AreOne(LinkMember left, LinkMember right) => left == right
        || (left.Partner.Is(LacpState.Aggregation) && right.Partner.Is(LacpState.Aggregation)
            && (left.Partner.SystemPriority, left.Partner.System, left.Partner.Key) == (right.Partner.SystemPriority, right.Partner.System, right.Partner.Key));

    /// <summary>Gives each bucket the link with the greatest hash: of those that stay, none changes (rendezvous hashing).</summary>
    private void Spread()
    {
        for (int bucket = 0; bucket < Buckets; bucket++)
        {
            short port = None;
            ulong greatest = 0;
            for (int i = 0; i < _members.Length; i++)
            {
                if ((_spread >> i & 1) == 0)
                {
                    continue;
                }

                ulong weight = _hash.Hash(((ulong)bucket << 32) | (uint)_members[i].Port);
                if (port == None || weight > greatest)
                {
                    (port, greatest) = ((short)_members[i].Port, weight);
                }
            }

            _spare[bucket] = port;
        }

        // Whoever still reads the old table sends through a link that was right a moment ago.
        short[] old = _current;
        Volatile.Write(ref _current, _spare);
        _spare = old;
    }
}
