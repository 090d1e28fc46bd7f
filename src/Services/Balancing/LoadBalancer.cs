using Weft.Packets;

namespace Weft.Services;

/// <summary>
/// The machine's own load balancer: flows that it opens to a virtual service go to one of its servers, chosen by consistent
/// hashing, and what the servers answer comes back under the virtual address. A flow keeps its server for life, whatever
/// becomes of the list, and on whichever host.
/// </summary>
public struct LoadBalancer : IService<LoadBalancerState>
{
    private const byte Balanced = 1;
    private const byte Direct = 2;

    private readonly KeyedHash _hash;
    private VirtualService[] _services;
    private LoadBalancerCounters _counters;

    /// <summary>Creates a load balancer.</summary>
    /// <param name="services">The virtual services, at most 256.</param>
    /// <param name="seed">Secret of the hash that spreads flows. Hosts with the same seed choose alike.</param>
    /// <exception cref="ArgumentException">There are more than 256 services.</exception>
    public LoadBalancer(IReadOnlyList<VirtualService> services, HashSeed seed)
    {
        _services = Check(services);
        _hash = new KeyedHash(seed);
    }

    /// <inheritdoc/>
    public static ServiceInfo Info { get; } = new() { Kind = "load-balancer", StateVersion = 1 };

    /// <summary>What happened so far.</summary>
    public readonly LoadBalancerCounters Counters => _counters;

    /// <summary>Has new flows choose among other services and servers. Living flows keep theirs.</summary>
    /// <exception cref="ArgumentException">There are more than 256 services.</exception>
    public void SetServices(IReadOnlyList<VirtualService> services) => _services = Check(services);

    /// <inheritdoc/>
    public readonly void End(ref LoadBalancerState state)
    {
        // Nothing is held for a flow beside its state.
    }

    /// <inheritdoc/>
    public ServiceVerdict Process(ref ServiceCall call, ref LoadBalancerState state)
    {
        if (state.Kind == 0)
        {
            if (!call.IsForward || !call.TryDescribeFlow(out ServiceFlow flow))
            {
                return ServiceVerdict.Pass;
            }

            if (!Choose(flow, ref state))
            {
                _counters.NoServer++;
                call.Reason = ServiceReason.NoResource;
                return ServiceVerdict.Drop;
            }
        }

        if (state.Kind == Direct)
        {
            return ServiceVerdict.PassAndLeave;
        }

        bool done = call.IsForward
            ? Exchange(ref call, source: false, state.Server, state.ServerPort, state.Virtual)
            : Exchange(ref call, source: true, state.Virtual, state.VirtualPort, state.Server);
        _counters.Translated++;
        call.Reason = ServiceReason.Malformed;
        return done ? ServiceVerdict.Pass : ServiceVerdict.Drop;
    }

    /// <inheritdoc/>
    public readonly string? Explain(in LoadBalancerState state) => state.Kind switch
    {
        Balanced => $"{Text(state.Virtual)} port {state.VirtualPort} is {Text(state.Server)} port {state.ServerPort}",
        Direct => "no virtual service",
        _ => null,
    };

    private static string Text(IPv6Address address) => address.High == 0 && address.Low >> 32 == 0xFFFF ? new IPv4Address((uint)address.Low).ToString() : address.ToString();

    /// <summary>Exchanges one endpoint of a packet, and of what an error embeds the opposite one: it embeds a packet that went the other way.</summary>
    private static bool Exchange(ref ServiceCall call, bool source, IPv6Address address, ushort port, IPv6Address before)
    {
        if (!call.IsError)
        {
            return EndpointEdit.TrySet(call.Frame, call.Layout, source, address, port);
        }

        // An error may come from a router between, whose own address stays.
        bool isEndpoint = AddressOf(call, source) == before;
        return EndpointEdit.TrySetEmbedded(call.Frame, call.Layout, !source, address, port)
            && (!isEndpoint || EndpointEdit.TrySet(call.Frame, call.Layout, source, address, port: null));
    }

    /// <summary>Sender or receiver of a packet whose IP header is whole.</summary>
    private static IPv6Address AddressOf(in ServiceCall call, bool source)
    {
        ReadOnlySpan<byte> packet = call.Frame[call.Layout.L3Offset..];
        if (IPv4View.TryParse(packet, out IPv4View v4))
        {
            return IPv6Address.MapIPv4(source ? v4.Source : v4.Destination);
        }

        _ = IPv6View.TryParse(packet, out IPv6View v6);
        return source ? v6.Source : v6.Destination;
    }

    private bool Choose(in ServiceFlow flow, ref LoadBalancerState state)
    {
        foreach (VirtualService service in _services)
        {
            if (!service.Matches(flow))
            {
                continue;
            }

            ulong hash = _hash.Hash(flow.Source.High ^ _hash.Hash(flow.Source.Low)) ^ _hash.Hash(((ulong)flow.SourcePort << 32) | ((ulong)flow.DestinationPort << 16) | (byte)flow.Protocol);
            if (!service.TrySelect(_hash.Hash(hash), out Backend backend))
            {
                return false;
            }

            state = new LoadBalancerState
            {
                Server = backend.Address,
                ServerPort = backend.Port == 0 ? flow.DestinationPort : backend.Port,
                Virtual = flow.Destination,
                VirtualPort = flow.DestinationPort,
                Kind = Balanced,
            };
            _counters.Flows++;
            return true;
        }

        state.Kind = Direct;
        return true;
    }

    private static VirtualService[] Check(IReadOnlyList<VirtualService> services)
    {
        ArgumentNullException.ThrowIfNull(services);
        return services.Count <= 256 ? [.. services] : throw new ArgumentException($"There are {services.Count} virtual services; at most 256 are allowed.", nameof(services));
    }
}
