using Weft.Bfd;
using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Datapath.Routing;
using Weft.Host.Datapath.Security;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Sase;

namespace Weft.Host.Datapath.Presence;

/// <summary>The part of a switch in a point of presence: a gateway or a node, BFD with the others, and whose packets are whose.</summary>
internal sealed class SasePoint : IDisposable
{
    private const int Repeats = 3;
    private static readonly TimeSpan RepeatInterval = TimeSpan.FromMilliseconds(100);

    private readonly Routers _routers;
    private readonly EventLog? _events;
    private readonly uint[] _vniOfRouter;
    private readonly Dictionary<uint, int> _interfaceOfVni = [];
    private readonly int[] _claimsLeft;
    private readonly bool _isTwin;
    private readonly TimeProvider? _seriesTime;
    private Timestamp _nextClaim = Timestamp.MaxValue;

    public SasePoint(SasePlan plan, Routers routers, SecurityAssociations security, HashSeed seed, Timestamp start, EventLog events, bool isTwin, Func<SasePlan, IOwnershipStore>? owners = null, TimeProvider? timeOfDay = null)
    {
        (Plan, _routers, _events, _isTwin) = (plan, routers, isTwin ? null : events, isTwin);
        Interface = routers.Locals.First(local => local.Address == new TunnelAddress(plan.Address) && routers.Interfaces[local.Interface].Router == plan.Router).Interface;
        UplinkInterface = plan.Uplink < 0 ? -1 : routers.InterfaceAt(Routers.PortOf(routers.Plan, plan.Router), plan.Uplink);
        _vniOfRouter = new uint[routers.Plan.Routers.Count];
        _claimsLeft = new int[plan.Bundles];
        Pop = new PopOptions
        {
            Gateways = plan.Gateways,
            Nodes = plan.Nodes,
            Encapsulation = plan.Encapsulation,
            MtuBytes = plan.MtuBytes,
            Bundles = plan.Bundles,
            Seed = new HashSeed(seed.Low, ~seed.High),
        };
        uint incarnation = isTwin ? 1 : (uint)((timeOfDay ?? TimeProvider.System).GetUtcNow().ToUnixTimeMilliseconds() / 16);
        if (plan.Gateway >= 0)
        {
            Gateway = MakeGateway(start);
        }
        else
        {
            Services = new TenantServices(routers.Plan, plan, security, seed, start, events, isTwin);
            Node = new ManagedServiceNode(new ServiceNodeOptions
            {
                Pop = Pop,
                Node = plan.Node,
                Incarnation = incarnation,
                Flows = plan.Flows,
                StallLimit = StallLimit(plan),
                Chain = Services,
                Commit = plan.Commit,
                Store = isTwin ? null : owners?.Invoke(plan),
                Sessions = plan.SessionLogPath is null ? null : NewSeries(timeOfDay),
                Start = start,
            });
            Node.Configure([.. plan.Tenants.Select(tenant => tenant.Segment)]);
        }

        (_seriesTime, Members) = (timeOfDay, [.. Watches(incarnation, start)]);
        MapTenants();
        if (isTwin)
        {
            AssumeAllIsWell(start);
        }
    }

    public SasePlan Plan { get; private set; }

    public PopOptions Pop { get; }

    public CloudGateway? Gateway { get; private set; }

    public ManagedServiceNode? Node { get; private set; }

    /// <summary>What tenants' packets pass on a node; null on a gateway.</summary>
    public TenantServices? Services { get; private set; }

    /// <summary>The other members that this one talks to.</summary>
    public MemberWatch[] Members { get; private set; }

    /// <summary>Lines of the session log that could not be written.</summary>
    public long SessionsUnwritten { get; set; }

    /// <summary>The interface that has the tunnel address.</summary>
    public int Interface { get; }

    /// <summary>The interface of the uplink, -1 if none is named.</summary>
    public int UplinkInterface { get; }

    /// <summary>When <see cref="Advance"/> has something to do.</summary>
    public Timestamp NextDue
    {
        get
        {
            if (_isTwin)
            {
                return Timestamp.MaxValue;
            }

            Timestamp next = Gateway?.NextDue ?? Node!.NextDue;
            next = _nextClaim < next ? _nextClaim : next;
            foreach (MemberWatch member in Members)
            {
                next = member.Session.NextDue < next ? member.Session.NextDue : next;
            }

            return next;
        }
    }

    /// <summary>The virtual network of a router's tenant.</summary>
    public uint VniOf(int router) => _vniOfRouter[router];

    /// <summary>True for a router of a tenant's sites.</summary>
    public bool IsSite(int router) => _vniOfRouter[router] != 0;

    /// <summary>An interface of the router of a tenant's sites.</summary>
    public int InterfaceOf(uint vni) => _interfaceOfVni.GetValueOrDefault(vni, -1);

    /// <summary>The name of a tenant for people.</summary>
    public string NameOf(uint vni) => Plan.Tenants.FirstOrDefault(tenant => tenant.Segment.Vni == vni)?.Name ?? $"VNI {vni}";

    /// <summary>True for a public address of a tenant.</summary>
    public bool IsPublic(int router, IPv4Address destination) => Node is not null && router == Plan.Router && Node.IsPublic(destination);

    /// <summary>True for a packet of a tunnel, of another member, or of BFD.</summary>
    public bool IsMine(int router, ReadOnlySpan<byte> frame, in PacketLayout layout, IPv4Address destination) =>
        router == Plan.Router && destination == Plan.Address && layout.Protocol == IpProtocol.Udp && layout.HasL4 && !layout.IsFragment
        && UdpView.TryParse(frame[layout.L4Offset..layout.EndOffset], out UdpView udp)
        && (udp.DestinationPort == Pop.TunnelPort || udp.DestinationPort == Plan.ControlPort || udp.DestinationPort == BfdControlPacket.SingleHopPort);

    /// <summary>Offers a packet to BFD.</summary>
    public bool TryTakeBfd(ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now)
    {
        foreach (MemberWatch member in Members)
        {
            if (member.Path.TryFind(frame, layout, out ReadOnlySpan<byte> payload, out byte timeToLive))
            {
                _ = member.Session.Receive(payload, timeToLive, now);
                Report(member, now);
                return true;
            }
        }

        return false;
    }

    /// <summary>Does what is due, but for what has to be sent.</summary>
    public void Advance(Timestamp now)
    {
        // The engine first: whether it slept decides before what its sessions say about the others.
        Gateway?.Advance(now);
        Node?.Advance(now);
        Services?.Advance(now);
        foreach (MemberWatch member in Members)
        {
            Report(member, now);
        }

        while ((Gateway is not null && Gateway.TryTakeEvent(out SaseEvent happened)) || (Node is not null && Node.TryTakeEvent(out happened)))
        {
            _events?.Publish(now, SaseEventTypes.Of(happened.Kind), Plan.Name, happened.Bundle, happened.Epoch.ToString());
            if (happened.Kind == SaseEventKind.Activated && UplinkInterface >= 0)
            {
                (_claimsLeft[happened.Bundle], _nextClaim) = (Repeats, now);
            }
        }
    }

    /// <summary>Tells what BFD found out.</summary>
    public void Report(MemberWatch member, Timestamp now)
    {
        if (!member.Session.TryTakeEvent(out BfdEvent change))
        {
            return;
        }

        if (change.To == BfdState.Up)
        {
            _events?.Publish(now, SaseEventTypes.MemberUp, Plan.Name, member.Address);
            SetAlive(member.Node, isUp: true, now);
        }
        else if (change.From == BfdState.Up)
        {
            _events?.Publish(now, SaseEventTypes.MemberDown, Plan.Name, member.Address, EnumWords<BfdDiagnostic>.Of(change.Diagnostic));
            SetAlive(member.Node, isUp: false, now);
        }
    }

    /// <summary>Answers ARP for public addresses of bundles that this node owns, in the segment of the uplink.</summary>
    public bool TryAnswerArp(PacketVector vector, ushort slot, int segment, RouterOutput output)
    {
        ref PacketContext context = ref vector[slot];
        if (Node is null || UplinkInterface < 0 || segment != Plan.Uplink || context.Layout.EtherType != EtherType.Arp
            || !ArpView.TryParse(vector.Bytes(slot)[context.Layout.L3Offset..], out ArpView arp) || arp.Operation != ArpOperation.Request)
        {
            return false;
        }

        int bundle = Node.BundleOf(arp.TargetAddress);
        if (bundle < 0 || Node.RoleOf(bundle) != BundleRole.Active || arp.SenderAddress == arp.TargetAddress)
        {
            return false;
        }

        MacAddress own = _routers.Interfaces[UplinkInterface].Plan.Mac;
        (MacAddress asker, ArpMessage reply) = (arp.SenderMac, arp.ToMessage().ReplyFrom(own));
        if (TryMakeArp(vector, context.Order, context.Ingress, reply, out ushort made))
        {
            vector.Trace?.Consume(StageId.Sase, $"answered for public address {arp.TargetAddress}");
            output.SendTo(vector, made, UplinkInterface, asker);
        }

        vector.Consume(slot);
        return true;
    }

    /// <summary>Tells the uplink's neighbours where public addresses of bundles are now that this node has just got.</summary>
    public void Claim(PacketVector vector, RouterOutput output)
    {
        if (vector.Now < _nextClaim)
        {
            return;
        }

        bool more = false;
        MacAddress own = _routers.Interfaces[UplinkInterface].Plan.Mac;
        foreach (SaseTenantPlan tenant in Plan.Tenants)
        {
            if (_claimsLeft[tenant.Segment.Bundle] == 0 || Node!.RoleOf(tenant.Segment.Bundle) != BundleRole.Active)
            {
                continue;
            }

            foreach (IPv4Address address in tenant.Segment.PublicAddresses)
            {
                // A request for the own address (RFC 5227 section 3): who knows the address already takes the new place.
                var claim = new ArpMessage { Operation = ArpOperation.Request, SenderMac = own, SenderAddress = address, TargetAddress = address };
                if (TryMakeArp(vector, order: 0, (ushort)_routers.Interfaces[UplinkInterface].Port, claim, out ushort made))
                {
                    output.SendTo(vector, made, UplinkInterface, MacAddress.Broadcast);
                }
            }
        }

        for (int bundle = 0; bundle < _claimsLeft.Length; bundle++)
        {
            _claimsLeft[bundle] = Math.Max(0, _claimsLeft[bundle] - 1);
            more |= _claimsLeft[bundle] > 0;
        }

        _nextClaim = more ? vector.Now + RepeatInterval : Timestamp.MaxValue;
    }

    /// <summary>Goes on with the flows, owners and sessions of the point that this one replaces, if it is the same member of the same point of presence.</summary>
    public void TakeOver(SasePoint old, Timestamp now)
    {
        if (_isTwin || old._isTwin || old.Plan.Address != Plan.Address || !old.Plan.Gateways.SequenceEqual(Plan.Gateways) || !old.Plan.Nodes.SequenceEqual(Plan.Nodes)
            || old.Plan.Encapsulation != Plan.Encapsulation || old.Plan.MtuBytes != Plan.MtuBytes || old.Plan.Bundles != Plan.Bundles
            || old.Plan.Flows != Plan.Flows || old.Plan.Commit != Plan.Commit || old.Plan.BfdInterval != Plan.BfdInterval || old.Plan.BfdMultiplier != Plan.BfdMultiplier || old.Node?.Options.Store != Node?.Options.Store)
        {
            return;
        }

        (Members, old.Members) = (old.Members, Members);
        if (Node is not null)
        {
            (Node, old.Node) = (old.Node, Node);
            old.Services!.Exchange(Services!, now);
            (Services, old.Services) = (old.Services, Services);
            Node!.Configure([.. Plan.Tenants.Select(tenant => tenant.Segment)]);
            KeepNoting(old);
            return;
        }

        // A gateway keeps nothing of flows: who owns what, and who is alive, is all there is to know.
        Gateway!.TakeOver(old.Gateway!);
    }

    public void Dispose()
    {
        Gateway?.Dispose();
        Node?.Dispose();
        Services?.Dispose();
    }

    /// <summary>Goes on with the sessions of the node that was taken over, or begins or ends to note them.</summary>
    private void KeepNoting(SasePoint old)
    {
        SessionsUnwritten = old.SessionsUnwritten;
        if (Node!.NotesSessions != (Plan.SessionLogPath is not null))
        {
            Node.NoteSessions(Plan.SessionLogPath is null ? null : NewSeries(_seriesTime));
        }
    }

    /// <summary>Sessions of this run are named by the time when it began, which no other run has, in microseconds.</summary>
    private static SessionLogOptions NewSeries(TimeProvider? timeOfDay) =>
        new() { Series = (ulong)((timeOfDay ?? TimeProvider.System).GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond };

    /// <summary>The others wait so long after our last packet at worst; who stood still for nearly that long must not go on unasked.</summary>
    private static TimeSpan StallLimit(SasePlan plan)
    {
        TimeSpan limit = plan.BfdInterval * plan.BfdMultiplier - plan.BfdInterval / 2;
        return limit < TimeSpan.FromMilliseconds(5) ? TimeSpan.FromMilliseconds(5) : limit > TimeSpan.FromSeconds(10) ? TimeSpan.FromSeconds(10) : limit;
    }

    private CloudGateway MakeGateway(Timestamp start) => new(new CloudGatewayOptions
    {
        Pop = Pop,
        Gateway = Plan.Gateway,
        Segments = [.. Plan.Tenants.Select(tenant => new GatewaySegment(tenant.Segment.Vni, tenant.Segment.Bundle))],
        HoldTime = Plan.HoldTime,
        Bypass = Plan.Bypass,
        Start = start,
    });

    private IEnumerable<MemberWatch> Watches(uint incarnation, Timestamp start)
    {
        int number = 0;
        foreach (IPv4Address address in Plan.Gateway >= 0 ? Plan.Nodes : Plan.Gateways.Concat(Plan.Nodes))
        {
            number++;
            if (address == Plan.Address)
            {
                continue;
            }

            var options = new BfdSessionOptions
            {
                // Unlike that of the last life, so that the others do not take this one for it.
                Discriminator = (incarnation << 8) | (byte)number,
                DesiredMinTx = Plan.BfdInterval,
                RequiredMinRx = Plan.BfdInterval,
                DetectMultiplier = Plan.BfdMultiplier,
                JitterSeed = Plan.Address.Value + (ulong)number,
            };
            var path = new BfdPath { LocalMac = Pop.RouterMac, RemoteMac = Pop.GatewayMac, Local = BfdPath.Map(Plan.Address), Remote = BfdPath.Map(address) };
            yield return new MemberWatch(address, Position.Of(Plan.Nodes, node => node == address), new BfdSession(options, start), path);
        }
    }

    private void MapTenants()
    {
        foreach (SaseTenantPlan tenant in Plan.Tenants.Where(tenant => tenant.Router >= 0 && Gateway is not null))
        {
            _vniOfRouter[tenant.Router] = tenant.Segment.Vni;
            _interfaceOfVni[tenant.Segment.Vni] = Array.FindIndex(_routers.Interfaces, at => at.Router == tenant.Router);
        }
    }

    /// <summary>A trace and a replay run without the others: every node is alive, and this one owns everything.</summary>
    private void AssumeAllIsWell(Timestamp start)
    {
        for (int node = 0; node < Plan.Nodes.Count; node++)
        {
            Gateway?.NodeUp(node);
        }

        Gateway?.Advance(start);
        for (int bundle = 0; bundle < Plan.Bundles; bundle++)
        {
            _ = Node?.TryActivate(bundle, Epoch.None.Next(Plan.Node));
        }
    }

    private void SetAlive(int node, bool isUp, Timestamp now)
    {
        if (node < 0)
        {
            return;
        }

        if (isUp)
        {
            Gateway?.NodeUp(node);
            Node?.PeerUp(node);
        }
        else
        {
            Gateway?.NodeDown(node, now);
            Node?.PeerDown(node);
        }
    }

    private static bool TryMakeArp(PacketVector vector, ushort order, ushort ingress, in ArpMessage message, out ushort made)
    {
        if (!vector.TryGenerate(order, ingress, out made))
        {
            return false;
        }

        ref PacketContext context = ref vector[made];
        _ = vector.Pool.TrySetLength(ref context.Packet, RouterPackets.EthernetLength + ArpMessage.Length);
        Span<byte> frame = vector.Bytes(made);
        _ = new EthernetHeader { EtherType = EtherType.Arp }.Write(frame);
        _ = message.Write(frame[RouterPackets.EthernetLength..]);
        _ = PacketLayout.TryParse(frame, out context.Layout);
        return true;
    }
}
