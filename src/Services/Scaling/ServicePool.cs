namespace Weft.Services;

/// <summary>
/// Several instances of a service for one machine: containers in processes of their own, as a rule. A flow stays with its instance for life;
/// instances are added and taken away while flows run.
/// </summary>
/// <remarks>
/// New flows go to the instance with the fewest, among those that are active and ready. One that is taken away keeps its flows until they end. A
/// flow whose instance is not ready any more is given to another that is. Copies of the struct share the instances.
/// </remarks>
/// <typeparam name="TService">The service.</typeparam>
/// <typeparam name="TState">Its state of a flow.</typeparam>
public readonly struct ServicePool<TService, TState> : IService<PooledState<TState>>, IContainer
    where TService : struct, IService<TState>
    where TState : unmanaged
{
    /// <summary>Most instances.</summary>
    public const int MaxInstances = 64;

    private readonly Instances _all;

    /// <summary>Makes the first instances.</summary>
    /// <param name="create">Makes an instance, by its number from 0.</param>
    /// <param name="instances">How many, 1 to <see cref="MaxInstances"/>.</param>
    /// <param name="isReady">Whether an instance can deal with packets, asked for each; null if all always can.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are too few or too many.</exception>
    public ServicePool(Func<int, TService> create, int instances, Func<int, bool>? isReady = null)
    {
        ArgumentNullException.ThrowIfNull(create);
        _all = new Instances(create, isReady);
        Scale(instances);
    }

    static ServiceInfo IService<PooledState<TState>>.Info { get; } = TService.Info with { Kind = TService.Info.Kind + "-pool" };

    /// <summary>Instances that new flows go to.</summary>
    public int Active => _all.Active;

    /// <summary>Flows that were given to another instance because theirs was not ready.</summary>
    public long Moved => _all.Moved;

    IReadOnlyList<ContainerRing> IContainer.Rings => _all.Rings;

    /// <summary>Flows of an instance, one that is active or was.</summary>
    public long FlowsOf(int instance) => _all.Flows[instance];

    /// <summary>Has new flows go to the first <paramref name="instances"/> instances, which are made if there are not so many yet.</summary>
    /// <param name="instances">1 to <see cref="MaxInstances"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are too few or too many.</exception>
    public void Scale(int instances)
    {
        if (instances is < 1 or > MaxInstances)
        {
            throw new ArgumentOutOfRangeException(nameof(instances), instances, $"The allowed range is 1 to {MaxInstances}.");
        }

        _all.Scale(instances);
    }

    /// <inheritdoc/>
    public ServiceVerdict Process(ref ServiceCall call, ref PooledState<TState> state) => _all.Of(ref state).Process(ref call, ref state.Inner);

    /// <inheritdoc/>
    public void End(ref PooledState<TState> state) => _all.End(ref state);

    /// <inheritdoc/>
    public string? Explain(in PooledState<TState> state) => state.Instance == 0 ? null : _all.Explain(in state);

    static bool IService<PooledState<TState>>.TryConvert(ushort version, ReadOnlySpan<byte> bytes, out PooledState<TState> state)
    {
        state = default;
        // Which instance had the flow elsewhere means nothing here.
        return bytes.Length >= sizeof(ulong) && TService.TryConvert(version, bytes[sizeof(ulong)..], out state.Inner);
    }

    private sealed class Instances(Func<int, TService> create, Func<int, bool>? isReady)
    {
        private readonly TService[] _services = new TService[MaxInstances];
        private int _count;

        public int Active { get; private set; }

        public long Moved { get; private set; }

        public long[] Flows { get; } = new long[MaxInstances];

        public List<ContainerRing> Rings { get; } = [];

        public void Scale(int instances)
        {
            for (; _count < instances; _count++)
            {
                _services[_count] = create(_count);
                if (_services[_count] is IContainer container)
                {
                    Rings.AddRange(container.Rings);
                }
            }

            Active = instances;
        }

        /// <summary>The instance of a flow, which is given one if it has none that can serve it.</summary>
        public ref TService Of(ref PooledState<TState> state)
        {
            int instance = (int)state.Instance - 1;
            if ((uint)instance >= (uint)_count)
            {
                instance = Assign(ref state);
            }
            else if (isReady is not null && !isReady(instance) && TryPick(out int other))
            {
                Flows[instance] = Math.Max(0, Flows[instance] - 1);
                Flows[other]++;
                Moved++;
                (instance, state.Instance) = (other, (ulong)other + 1);
            }

            return ref _services[instance];
        }

        public void End(ref PooledState<TState> state)
        {
            int instance = (int)state.Instance - 1;
            if ((uint)instance < (uint)_count)
            {
                // A flow that came from another host was not counted here.
                Flows[instance] = Math.Max(0, Flows[instance] - 1);
                _services[instance].End(ref state.Inner);
            }
        }

        public string Explain(in PooledState<TState> state)
        {
            int instance = (int)state.Instance - 1;
            string? words = (uint)instance < (uint)_count ? _services[instance].Explain(in state.Inner) : null;
            return words is null ? $"instance {instance}" : $"instance {instance}: {words}";
        }

        private int Assign(ref PooledState<TState> state)
        {
            // Without one that is ready, any may say what becomes of the packet.
            _ = TryPick(out int instance);
            Flows[instance]++;
            state.Instance = (ulong)instance + 1;
            return instance;
        }

        private bool TryPick(out int instance)
        {
            instance = 0;
            bool found = false;
            for (int candidate = 0; candidate < Active; candidate++)
            {
                if ((isReady is null || isReady(candidate)) && (!found || Flows[candidate] < Flows[instance]))
                {
                    (instance, found) = (candidate, true);
                }
            }

            return found;
        }
    }
}
