using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Weft.Packets;

namespace Weft.Mesh;

/// <summary>
/// What one machine of the mesh has to know: where its agent listens, as whom it restores whom, and what the translator replaces by what.
/// Immutable; a change of the mesh is another plan. Made by <see cref="MeshPlanBuilder"/>.
/// </summary>
/// <remarks>
/// <code>
/// redirect     A(self):x -> A(m):p      becomes  LR:x     -> LS:rp     LS, rp by the service      (<see cref="Listeners"/>, <see cref="RedirectSources"/>)
/// un-redirect  LS:rp     -> LR:x        becomes  A(m):p   -> A(self):x
/// restore      LC:y      -> LD:p        becomes  A(m):y   -> A(self):p LC by the client's identity (<see cref="TryGetRestore"/>)
/// un-restore   A(self):p -> A(m):y      becomes  LD:p     -> LC:y
/// </code>
/// </remarks>
public sealed partial class MeshPlan
{
    private readonly FrozenDictionary<SpiffeId, MeshMachine> _byIdentity;
    private readonly FrozenDictionary<MachineId, MeshMachine> _byId;
    private readonly FrozenDictionary<(MeshEndpoint Local, IpProtocol Protocol), MeshListener> _byListener;
    private readonly FrozenDictionary<(MeshEndpoint Service, IpProtocol Protocol), MeshListener> _byService;
    private readonly FrozenDictionary<IPv6Address, AddressPair> _ownByLoopback;
    private readonly FrozenDictionary<IPv6Address, AddressPair> _clientByReal;
    private readonly FrozenDictionary<IPv6Address, AddressPair> _ownServerByReal;

    internal MeshPlan(MeshMachine self, ImmutableArray<MeshMachine> machines, LoopbackPool pool, long generation)
    {
        Self = self;
        Machines = machines;
        Pool = pool;
        Generation = generation;
        RedirectSources = [.. Pairs(self, pool.RedirectSource)];
        RestoreDestinations = [.. Pairs(self, pool.RestoreDestination)];
        RestoreSources = [.. Others.SelectMany(machine => Pairs(machine, (place, isIPv4) => pool.ClientOf(machine.Id, place, isIPv4)))];
        Listeners = [.. Others.SelectMany(machine => machine.Services.Select(service => Listen(machine, service, pool)))];
        _byId = machines.ToFrozenDictionary(machine => machine.Id);
        _byIdentity = machines.ToFrozenDictionary(machine => machine.Identity);
        _byListener = Listeners.ToFrozenDictionary(listener => (listener.Local, listener.Service.Port.Protocol));
        _byService = Listeners.ToFrozenDictionary(listener => (listener.Service.Endpoint, listener.Service.Port.Protocol));
        _ownByLoopback = RedirectSources.ToFrozenDictionary(pair => pair.Loopback);
        _clientByReal = RestoreSources.ToFrozenDictionary(pair => pair.Real);
        _ownServerByReal = RestoreDestinations.ToFrozenDictionary(pair => pair.Real);
        _rules = new Rules(this);
    }

    /// <summary>The machine that this plan is for.</summary>
    public MeshMachine Self { get; }

    /// <summary>All machines, this one included, by number.</summary>
    public ImmutableArray<MeshMachine> Machines { get; }

    /// <summary>The loopback addresses and redirect ports.</summary>
    public LoopbackPool Pool { get; }

    /// <summary>Counts the plans that a caller made, so that what remembers one knows which.</summary>
    public long Generation { get; }

    /// <summary>Where the agent listens: once for each service of another machine, by machine, address and port.</summary>
    public ImmutableArray<MeshListener> Listeners { get; }

    /// <summary>The own addresses of clients, and what redirected packets have in their place (LR).</summary>
    public ImmutableArray<AddressPair> RedirectSources { get; }

    /// <summary>The addresses of other machines' clients, and what the agent binds to (LC).</summary>
    public ImmutableArray<AddressPair> RestoreSources { get; }

    /// <summary>The own addresses of servers, and what the agent connects to (LD).</summary>
    public ImmutableArray<AddressPair> RestoreDestinations { get; }

    /// <summary>
    /// How many (client address, service) pairs this machine takes part in, on either side. When the plan was built each was shown to have exactly one path.
    /// </summary>
    public long Paths { get; internal set; }

    private IEnumerable<MeshMachine> Others => Machines.Where(machine => machine.Id != Self.Id);

    /// <summary>The machine of a number.</summary>
    public bool TryFindMachine(MachineId id, [MaybeNullWhen(false)] out MeshMachine machine) => _byId.TryGetValue(id, out machine);

    /// <summary>The machine of an identity.</summary>
    public bool TryFindMachine(SpiffeId identity, [MaybeNullWhen(false)] out MeshMachine machine) => _byIdentity.TryGetValue(identity, out machine);

    /// <summary>The listener that has a local address and port: whatever is accepted there is meant for its service.</summary>
    public bool TryFindListener(MeshEndpoint local, IpProtocol protocol, out MeshListener listener) => _byListener.TryGetValue((local, protocol), out listener);

    /// <summary>The listener of a service of another machine.</summary>
    public bool TryFindListenerOf(MeshEndpoint service, IpProtocol protocol, out MeshListener listener) => _byService.TryGetValue((service, protocol), out listener);

    /// <summary>The own address that a loopback address stands for: a client application's, where the agent sees its loopback address as the peer's.</summary>
    public bool TryFindOwnAddress(IPv6Address loopback, out IPv6Address real)
    {
        bool found = _ownByLoopback.TryGetValue(loopback, out AddressPair pair);
        real = pair.Real;
        return found;
    }

    /// <summary>
    /// How a client of another machine is connected to a service of this one. The identity that its certificate proved decides; the address that
    /// its agent says it comes from must be one of that machine's.
    /// </summary>
    /// <param name="client">The identity that the client's agent proved.</param>
    /// <param name="clientAddress">The client application's address, as its agent says.</param>
    /// <param name="service">The address and port that the application dialled.</param>
    /// <param name="protocol">TCP or UDP.</param>
    /// <param name="restore">How to connect.</param>
    /// <returns>
    /// False if the identity is none of the mesh or this machine's own, the address is not its machine's, this machine has no such service, or the families differ.
    /// </returns>
    public bool TryGetRestore(SpiffeId client, IPv6Address clientAddress, MeshEndpoint service, IpProtocol protocol, out MeshRestore restore)
    {
        restore = default;
        var port = new MeshPort(service.Port, protocol);
        if (!_byIdentity.TryGetValue(client, out MeshMachine? machine)
            || !_clientByReal.TryGetValue(clientAddress, out AddressPair source) || source.Machine != machine.Id
            || !_ownServerByReal.TryGetValue(service.Address, out AddressPair destination)
            || !Self.Ports.Contains(port)
            || MeshAddress.IsIPv4(clientAddress) != service.IsIPv4)
        {
            return false;
        }

        restore = new MeshRestore(source.Loopback, new MeshEndpoint(destination.Loopback, service.Port), clientAddress, new MeshService(Self.Id, service.Address, port));
        return true;
    }

    private static IEnumerable<AddressPair> Pairs(MeshMachine machine, Func<int, bool, IPv6Address> loopback) =>
        machine.Addresses.Select(address => new AddressPair(address, loopback(machine.PlaceOf(address), MeshAddress.IsIPv4(address)), machine.Id));

    private static MeshListener Listen(MeshMachine machine, MeshService service, LoopbackPool pool)
    {
        bool isIPv4 = MeshAddress.IsIPv4(service.Address);
        return new MeshListener(pool.ListenerOf(machine.Id, machine.PlaceOf(service.Address), isIPv4, service.Port.Port), service);
    }
}
