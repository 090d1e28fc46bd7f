using System.Collections.Immutable;
using Weft.Packets;

namespace Weft.Mesh;

/// <summary>Looks at the machines of a mesh one after the other and says everything that is wrong.</summary>
internal sealed class ConflictSearch
{
    private static readonly IPv4Prefix Reserved = IPv4Prefix.Parse("127.0.0.0/16");

    private readonly LoopbackPool _pool;
    private readonly int _maxMachines;
    private readonly ImmutableArray<MeshConflict>.Builder _found = ImmutableArray.CreateBuilder<MeshConflict>();
    private readonly Dictionary<MachineId, MeshMachine> _numbers = [];
    private readonly Dictionary<SpiffeId, MeshMachine> _identities = [];
    private readonly Dictionary<IPv6Address, MeshMachine> _addresses = [];
    private readonly Dictionary<MeshEndpoint, MeshMachine> _tunnels = [];

    public ConflictSearch(LoopbackPool pool)
    {
        _pool = pool;
        _maxMachines = pool.MaxMachines;
        if (Reserved.Contains(pool.IPv4) || pool.IPv4.Contains(Reserved))
        {
            Add(MeshConflictKind.PoolReserved, null, $"the pool {pool.IPv4} has addresses of {Reserved}, where resolvers and the machine's own name live");
        }
    }

    /// <summary>Looks at one more machine.</summary>
    public void Look(MeshMachine machine)
    {
        LookAtNames(machine);
        LookAtAddresses(machine);
        LookAtPorts(machine);
        LookAtTunnel(machine);
    }

    /// <summary>Looks at what only all machines together can have wrong.</summary>
    public ImmutableArray<MeshConflict> Finish()
    {
        foreach ((MeshEndpoint tunnel, MeshMachine machine) in _tunnels.OrderBy(pair => pair.Value.Id))
        {
            if (_addresses.TryGetValue(tunnel.Address, out MeshMachine? owner) && owner != machine)
            {
                Add(MeshConflictKind.TunnelTaken, machine, $"{machine.Name}'s tunnel {tunnel} is at an address of {owner.Name}");
            }
        }

        return _found.ToImmutable();
    }

    private void LookAtNames(MeshMachine machine)
    {
        if (machine.Id.Number < 0 || machine.Id.Number >= _maxMachines)
        {
            Add(MeshConflictKind.NumberOutOfRange, machine, $"{machine.Name}'s number {machine.Id} is not 0 to {_maxMachines - 1}, what the pool has room for");
        }

        if (!_numbers.TryAdd(machine.Id, machine))
        {
            Add(MeshConflictKind.NumberTaken, machine, $"{machine.Name} and {_numbers[machine.Id].Name} both have number {machine.Id}");
        }

        if (machine.Identity.IsEmpty)
        {
            Add(MeshConflictKind.IdentityMissing, machine, $"{machine.Name} has no identity");
        }
        else if (!_identities.TryAdd(machine.Identity, machine))
        {
            Add(MeshConflictKind.IdentityTaken, machine, $"{machine.Name} and {_identities[machine.Identity].Name} both are {machine.Identity}");
        }
    }

    private void LookAtAddresses(MeshMachine machine)
    {
        if (machine.Addresses.IsDefaultOrEmpty)
        {
            Add(MeshConflictKind.AddressMissing, machine, $"{machine.Name} has no address");
            return;
        }

        foreach (IGrouping<bool, IPv6Address> family in machine.Addresses.GroupBy(MeshAddress.IsIPv4).Where(family => family.Count() > MeshMachine.MaxAddresses))
        {
            Add(MeshConflictKind.AddressesTooMany, machine, $"{machine.Name} has {family.Count()} {(family.Key ? "IPv4" : "IPv6")} addresses; at most {MeshMachine.MaxAddresses} fit");
        }

        foreach (IPv6Address address in machine.Addresses)
        {
            if (!IsUsable(address))
            {
                Add(MeshConflictKind.AddressUnusable, machine, $"{machine.Name}'s address {MeshAddress.Text(address)} is no unicast address that other machines can reach");
            }
            else if (_pool.Contains(address))
            {
                Add(MeshConflictKind.AddressInPool, machine, $"{machine.Name}'s address {MeshAddress.Text(address)} lies in the loopback pool");
            }

            if (!_addresses.TryAdd(address, machine))
            {
                MeshMachine other = _addresses[address];
                Add(MeshConflictKind.AddressTaken, machine, ReferenceEquals(other, machine)
                    ? $"{machine.Name} has address {MeshAddress.Text(address)} twice"
                    : $"{machine.Name} and {other.Name} both have address {MeshAddress.Text(address)}");
            }
        }
    }

    private void LookAtPorts(MeshMachine machine)
    {
        MeshPort? before = null;
        foreach (MeshPort port in machine.Ports)
        {
            if (port.Port == 0 || port.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp))
            {
                Add(MeshConflictKind.PortUnusable, machine, $"{machine.Name}'s port {port.Port} of protocol {port.Protocol} is not 1 to 65535 of TCP or UDP");
            }
            else if (_pool.RedirectPorts.Contains(port.Port))
            {
                Add(MeshConflictKind.PortInRedirectRange, machine, $"{machine.Name}'s {port} lies in the redirect ports {_pool.RedirectPorts}");
            }

            if (port == before)
            {
                Add(MeshConflictKind.PortTwice, machine, $"{machine.Name} has {port} twice");
            }

            before = port;
        }
    }

    private void LookAtTunnel(MeshMachine machine)
    {
        MeshEndpoint tunnel = machine.Tunnel;
        if (tunnel.Port == 0 || !IsUsable(tunnel.Address) || _pool.Contains(tunnel.Address) || _pool.RedirectPorts.Contains(tunnel.Port))
        {
            Add(MeshConflictKind.TunnelUnusable, machine, $"{machine.Name}'s tunnel {tunnel} must have a port that is no redirect port and a unicast address outside the loopback pool");
        }

        if (!_tunnels.TryAdd(tunnel, machine))
        {
            Add(MeshConflictKind.TunnelTaken, machine, $"{machine.Name} and {_tunnels[tunnel].Name} both have tunnel {tunnel}");
        }

        if (!machine.Addresses.IsDefaultOrEmpty && machine.Addresses.Contains(tunnel.Address) && machine.Ports.Contains(new MeshPort(tunnel.Port, IpProtocol.Tcp)))
        {
            Add(MeshConflictKind.PortIsTunnel, machine, $"{machine.Name}'s tcp/{tunnel.Port} is its tunnel's: agents would redirect each other");
        }
    }

    private static bool IsUsable(IPv6Address address)
    {
        if (MeshAddress.IsIPv4(address))
        {
            uint value = MeshAddress.ToIPv4(address).Value;
            return value >> 24 is not (0 or 127) && value >> 28 < 0xE;
        }

        return !address.IsMulticast && !address.IsLinkLocal && !(address.High == 0 && address.Low <= 1);
    }

    private void Add(MeshConflictKind kind, MeshMachine? machine, string text) => _found.Add(new MeshConflict(kind, machine?.Id, text));
}
