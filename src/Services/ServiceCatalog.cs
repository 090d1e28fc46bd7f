namespace Weft.Services;

/// <summary>The services that a host has: by name, with what makes an instance for a machine. Filled once at start.</summary>
public sealed class ServiceCatalog
{
    private readonly Dictionary<string, Func<MachineId, ServiceSlot>> _services = [];

    /// <summary>Names of all services.</summary>
    public IReadOnlyCollection<string> Names => _services.Keys;

    /// <summary>Defines a service.</summary>
    /// <typeparam name="TService">The service.</typeparam>
    /// <typeparam name="TState">Its state of a flow.</typeparam>
    /// <param name="name">Its name, unique: the kind, or one for each way it is set up.</param>
    /// <param name="create">Makes the instance of a machine.</param>
    /// <param name="whenFailed">What becomes of packets while it is out of order; null for what the service asks for.</param>
    /// <exception cref="ArgumentException">The name is taken, or the state is longer than <see cref="ServiceSet.MaxStateBytes"/>.</exception>
    public unsafe void Define<TService, TState>(string name, Func<MachineId, TService> create, FailurePolicy? whenFailed = null)
        where TService : struct, IService<TState>
        where TState : unmanaged
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(create);
        if (sizeof(TState) > ServiceSet.MaxStateBytes)
        {
            throw new ArgumentException($"The state of {name} has {sizeof(TState)} bytes; at most {ServiceSet.MaxStateBytes} are allowed.", nameof(name));
        }

        if (!_services.TryAdd(name, machine => new TypedServiceSlot<TService, TState>(name, create(machine)) { WhenFailed = whenFailed ?? TService.Info.WhenFailed }))
        {
            throw new ArgumentException($"There is a service '{name}' already.", nameof(name));
        }
    }

    internal ServiceSlot Create(string name, MachineId machine) =>
        _services.TryGetValue(name, out Func<MachineId, ServiceSlot>? create)
            ? create(machine)
            : throw new ArgumentException($"There is no service '{name}'; there are: {string.Join(", ", _services.Keys)}.", nameof(name));
}
