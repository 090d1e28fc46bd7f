using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Security;

namespace Weft.Host.Observe;

/// <summary>Pictures of security associations.</summary>
internal static class AssociationState
{
    /// <summary>What there is on this machine; it does not change while the process lives.</summary>
    public static IReadOnlyList<CryptoSnapshot> Libraries { get; } = [.. AeadProvider.All.Select(provider => new CryptoSnapshot(
        provider.Name,
        provider.Description,
        [.. Enum.GetValues<AeadAlgorithm>().Where(provider.Supports).Select(Word)]))];

    public static IReadOnlyList<AssociationSnapshot> Capture(SwitchCore core)
    {
        var all = new List<AssociationSnapshot>();
        for (int peer = 0; peer < core.Security.Peers.Count; peer++)
        {
            if (core.Security.Peers[peer] is PeerSecurity security)
            {
                RemoteEndpoint remote = core.Topology.Peers[peer];
                string vtep = core.Plan.Vteps[remote.Vtep].Name;
                all.AddRange(security.Outbound.Select(association => Outbound(vtep, remote.Address, association, security.WorkerOf(association))));
                all.AddRange(security.Inbound.Select(association => Inbound(vtep, remote.Address, association.Sa, core.Security.WorkerOf(association.Sa.Spi) ?? 0)));
            }
        }

        foreach ((string service, MachineSecurity security) in core.Security.Services)
        {
            foreach (MachinePeer peer in security.Peers)
            {
                all.AddRange(peer.Security.Outbound.Select(association => Outbound(service, peer.Plan.Peer, association, worker: 0)));
                all.AddRange(peer.Security.Inbound.Select(association => Inbound(service, peer.Plan.Peer, association.Sa, worker: 0)));
            }
        }

        return all;
    }

    /// <summary>Tells a twin which sequence numbers the switch has used. Nobody else: the switch itself keeps its associations.</summary>
    public static void Restore(SwitchCore core, SwitchSnapshot state)
    {
        foreach (OutboundAssociation association in core.Security.AllPeers().SelectMany(peer => peer.Outbound).Where(association => association.Lease is null))
        {
            AssociationSnapshot? known = state.Associations.FirstOrDefault(known => known.Direction == "out" && known.Spi == association.Sa.Spi && known.Peer == association.Identity.Peer);
            association.Sa.SkipTo(known?.Sequence ?? 1);
        }
    }

    private static AssociationSnapshot Outbound(string vtep, TunnelAddress remote, OutboundAssociation association, int worker)
    {
        EspOutboundSa sa = association.Sa;
        return Picture(vtep, remote, "out", worker, sa.Spi, sa.Algorithm, sa.Provider, sa.NextSequence, sa.Counters, sa.IsFinished, sa.RekeyDue) with
        {
            SourcePort = sa.Udp?.Source,
            Queue = association.Queue,
        };
    }

    private static AssociationSnapshot Inbound(string vtep, TunnelAddress remote, EspInboundSa sa, int worker) =>
        Picture(vtep, remote, "in", worker, sa.Spi, sa.Algorithm, sa.Provider, sa.HighestSequence, sa.Counters, sa.IsFinished, sa.RekeyDue);

    private static AssociationSnapshot Picture(
        string vtep, TunnelAddress remote, string direction, int worker, uint spi, AeadAlgorithm algorithm, string library, ulong sequence, in EspSaCounters counters, bool isFinished, bool isDue) => new()
        {
            Vtep = vtep,
            Peer = remote,
            Direction = direction,
            Worker = worker,
            Spi = spi,
            Algorithm = Word(algorithm),
            Library = library,
            Packets = (long)counters.Packets,
            Bytes = (long)counters.Bytes,
            Sequence = sequence,
            Replayed = (long)(counters.ReplayDuplicate + counters.ReplayOld),
            Forged = (long)counters.AuthenticationFailed,
            OtherRefusals = (long)(counters.Truncated + counters.BadPadding + counters.SequenceExhausted + counters.LifetimeExpired + counters.NoRoom),
            State = isFinished ? "finished" : isDue ? "rekey due" : "active",
        };

    /// <summary>A cipher as the configuration spells it.</summary>
    private static string Word(AeadAlgorithm algorithm) => algorithm.ToString().ToLowerInvariant();
}
