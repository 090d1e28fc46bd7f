using System.Security.Cryptography;
using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Stages;
using Weft.Packets;

namespace Weft.Host.Datapath.Security;

/// <summary>
/// All associations of one configuration. One that the next configuration has too goes on there with its numbers and its
/// window: a reload replaces keys without losing packets, and never starts a key's numbers anew.
/// </summary>
internal sealed class SecurityAssociations
{
    private readonly PeerSecurity?[] _peers;
    private readonly List<(EspInboundSa Sa, int Peer)> _owners = [];
    private readonly EspOpener[] _openers;
    private readonly Dictionary<uint, int> _workers = [];
    private readonly Dictionary<string, MachineSecurity> _services = [];

    private SecurityAssociations(SwitchTopology topology, HashSeed seed, SecurityAssociations? previous, bool isTwin)
    {
        _peers = new PeerSecurity?[topology.Peers.Count];
        int workers = topology.Plan.Workers;
        int inbound = topology.Plan.Vteps.Sum(vtep => vtep.Security.Sum(security => security.Inbound.Count));
        SecurityAssociationDatabase[] databases = [.. Enumerable.Range(0, workers).Select(_ => new SecurityAssociationDatabase(Math.Max(1, inbound), new HashSeed(seed.Low, ~seed.High)))];
        try
        {
            for (int peer = 0; peer < _peers.Length; peer++)
            {
                RemoteEndpoint remote = topology.Peers[peer];
                VtepPlan vtep = topology.Plan.Vteps[remote.Vtep];
                if (vtep.Security.FirstOrDefault(security => security.Peer == remote.Address) is SecurityPlan plan)
                {
                    _peers[peer] = Build(vtep.Address, plan, previous, isTwin, workers);
                    foreach ((int place, InboundAssociation association) in _peers[peer]!.Inbound.Index())
                    {
                        // In the order of the file, as a peer that aims its associations at queues in turn has it.
                        int worker = place % workers;
                        _ = databases[worker].TryAdd(association.Sa);
                        _workers[association.Sa.Spi] = worker;
                        _owners.Add((association.Sa, peer));
                    }
                }
            }

            foreach (ServicePlan service in topology.Plan.Services.Where(service => service.Encryption.Count > 0))
            {
                _services[service.Name] = Build(service, seed, previous, isTwin);
            }
        }
        catch
        {
            DisposeBut(previous);
            throw;
        }

        _openers = [.. databases.Select(database => new EspOpener(database))];
    }

    /// <summary>Opens what comes with ESP of the associations that belong to a worker: an anti-replay window has one writer.</summary>
    public EspOpener OpenerOf(int worker) => _openers[worker];

    /// <summary>The worker that an inbound association belongs to; null if there is no such association.</summary>
    public int? WorkerOf(uint spi) => _workers.TryGetValue(spi, out int worker) ? worker : null;

    /// <summary>Protected peers by number; null for the others.</summary>
    public IReadOnlyList<PeerSecurity?> Peers => _peers;

    /// <summary>Reads keys and makes or takes over associations.</summary>
    /// <param name="topology">The configuration.</param>
    /// <param name="seed">Secret of hash functions.</param>
    /// <param name="previous">Associations in force, which stay so if this fails.</param>
    /// <param name="isTwin">True for a switch that only shows what another would do: it seals with keys made up, since using a nonce of the real one's, even for nobody, would be using it twice.</param>
    /// <exception cref="SwitchStartException">A key cannot be read, or its sequence numbers are used up.</exception>
    public static SecurityAssociations Open(SwitchTopology topology, HashSeed seed, SecurityAssociations? previous, bool isTwin) =>
        new(topology, seed, previous, isTwin);

    /// <summary>The security of a peer; null if it is not protected.</summary>
    public PeerSecurity? Of(int peer) => _peers[peer];

    /// <summary>Associations of services of machines, by the service's name.</summary>
    public IReadOnlyDictionary<string, MachineSecurity> Services => _services;

    /// <summary>Puts this configuration's numbers of peers in force.</summary>
    public void Activate() => _owners.ForEach(owner => owner.Sa.Owner = owner.Peer);

    /// <summary>Takes more sequence numbers where few are left. Another thread than the worker's may call it.</summary>
    public void RenewLeases()
    {
        foreach (OutboundAssociation association in AllPeers().SelectMany(peer => peer.Outbound))
        {
            _ = association.Lease?.Renew(association.Sa);
        }
    }

    /// <summary>Wipes the keys of all associations that <paramref name="others"/> do not use.</summary>
    public void DisposeBut(SecurityAssociations? others)
    {
        HashSet<object> kept = others is null ? [] : [.. others.All()];
        foreach (IDisposable association in All().Where(association => !kept.Contains(association)))
        {
            association.Dispose();
        }
    }

    /// <summary>Peers of tunnel endpoints and of machines.</summary>
    public IEnumerable<PeerSecurity> AllPeers() => _peers.OfType<PeerSecurity>().Concat(_services.Values.SelectMany(service => service.Peers.Select(peer => peer.Security)));

    private IEnumerable<IDisposable> All() => AllPeers()
        .SelectMany(peer => peer.Outbound.Select(association => (IDisposable)association.Sa).Concat(peer.Inbound.Select(association => association.Sa)));

    private MachineSecurity Build(ServicePlan service, HashSeed seed, SecurityAssociations? previous, bool isTwin)
    {
        var peers = new List<MachinePeer>();
        // In the list at once, so that what is made is disposed of should a later key fail.
        var security = new MachineSecurity(peers, service.Encryption.Count, service.Encryption.Sum(plan => plan.Inbound.Count), seed);
        _services[service.Name] = security;
        foreach ((int place, SecurityPlan plan) in service.Encryption.Index())
        {
            // One worker has all machines.
            security.Add(plan, Build(default, plan, previous, isTwin, workers: 1));
            _owners.AddRange(peers[place].Security.Inbound.Select(association => (association.Sa, place)));
        }

        if (previous?._services.TryGetValue(service.Name, out MachineSecurity? before) == true)
        {
            security.CarryOver(before);
        }

        return security;
    }

    private static PeerSecurity Build(TunnelAddress local, SecurityPlan plan, SecurityAssociations? previous, bool isTwin, int workers)
    {
        // What is already made is in nobody's list yet, should a later key fail.
        var made = new List<IDisposable>();
        try
        {
            OutboundAssociation[] outbound = [.. plan.Outbound.Select(association => Outbound(local, plan, association, previous, isTwin, made))];
            return new PeerSecurity(outbound, [.. plan.Inbound.Select(association => Inbound(local, plan, association, previous, made))], workers);
        }
        catch
        {
            made.ForEach(association => association.Dispose());
            throw;
        }
    }

    private static OutboundAssociation Outbound(TunnelAddress local, SecurityPlan plan, AssociationPlan association, SecurityAssociations? previous, bool isTwin, List<IDisposable> made)
    {
        byte[] material = Read(association);
        try
        {
            EspUdpPorts? ports = plan.UdpEncapsulation ? new EspUdpPorts(SourcePort(local, plan, association)) : null;
            AssociationIdentity identity = Identify(local, plan, association, ports, material);
            if (previous?.AllPeers().SelectMany(peer => peer.Outbound).FirstOrDefault(known => known.Identity == identity) is OutboundAssociation known)
            {
                return known with { Queue = association.Queue };
            }

            SequenceLease? lease = isTwin ? null : SequenceLease.Take(association.KeyFile, plan.ExtendedSequence);
            if (isTwin)
            {
                RandomNumberGenerator.Fill(material);
            }

            EspSaOptions options = Options(plan, association, material) with { Udp = ports, FirstSequence = lease?.First ?? 1, LastSequence = lease?.Last ?? 0 };
            var sa = new EspOutboundSa(options);
            made.Add(sa);
            return new OutboundAssociation(sa, identity, lease, association.Queue);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(material);
        }
    }

    private static InboundAssociation Inbound(TunnelAddress local, SecurityPlan plan, AssociationPlan association, SecurityAssociations? previous, List<IDisposable> made)
    {
        byte[] material = Read(association);
        try
        {
            AssociationIdentity identity = Identify(local, plan, association, ports: null, material);
            if (previous?.AllPeers().SelectMany(peer => peer.Inbound).FirstOrDefault(known => known.Identity == identity) is InboundAssociation known)
            {
                return known;
            }

            var sa = new EspInboundSa(Options(plan, association, material));
            made.Add(sa);
            return new InboundAssociation(sa, identity);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(material);
        }
    }

    private static byte[] Read(AssociationPlan association) => KeyFile.TryRead(association.KeyFile, association.Algorithm, out byte[] material, out string problem)
        ? material
        : throw new SwitchStartException($"association 0x{association.Spi:x}: {problem}");

    private static EspSaOptions Options(SecurityPlan plan, AssociationPlan association, byte[] material) => new()
    {
        Spi = association.Spi,
        Algorithm = association.Algorithm,
        KeyMaterial = material,
        Mode = plan.Mode,
        ExtendedSequence = plan.ExtendedSequence,
        ReplayWindow = plan.ReplayWindow,
        SoftBytes = plan.LifetimeBytes is long soft ? (ulong)soft / 10 * 8 : ulong.MaxValue,
        HardBytes = plan.LifetimeBytes is long hard ? (ulong)hard : ulong.MaxValue,
    };

    private static AssociationIdentity Identify(TunnelAddress local, SecurityPlan plan, AssociationPlan association, EspUdpPorts? ports, byte[] material) =>
        new(local, plan.Peer, plan.Mode, association.Spi, association.Algorithm, plan.ExtendedSequence, plan.ReplayWindow, plan.LifetimeBytes, ports, Convert.ToHexString(SHA256.HashData(material)));

    /// <summary>The port that leads to the wanted queue; without a wish one that differs between associations and is the same at every start.</summary>
    private static ushort SourcePort(TunnelAddress address, SecurityPlan plan, AssociationPlan association)
    {
        if (plan.Receiver is not RssReceiver receiver || association.Queue is not int queue)
        {
            const uint Spread = 0x9E37_79B1; // 2^32 divided by the golden ratio (Knuth, volume 3, section 6.4)
            return (ushort)(RssPortSolver.DynamicPortMin + (association.Spi * Spread >> 18));
        }

        VtepAddress local = VtepOptionsFactory.AddressOf(address);
        VtepAddress remote = VtepOptionsFactory.AddressOf(plan.Peer);
        return receiver.TrySolve(local, remote, EspHeader.UdpPort, queue, association.Spi, out ushort port)
            ? port
            : throw new SwitchStartException($"association 0x{association.Spi:x}: no source port leads from {address} to queue {queue} of {plan.Peer}");
    }
}
