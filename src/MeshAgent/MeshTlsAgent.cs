using Weft.Mesh;
using Weft.MeshAgent.Certificates;
using Weft.MeshAgent.Loops;
using Weft.MeshAgent.Tls;

namespace Weft.MeshAgent;

/// <summary>
/// The TLS endpoint of a machine: what local applications send to services of other machines goes out over mutual TLS 1.3, and what comes in is
/// handed to local applications. Needs Linux and OpenSSL 3.
/// </summary>
/// <remarks>
/// <para>Peers are judged by their SPIFFE ID alone: exactly one, vouched for by the bundle of its trust domain, and the one that was dialled or
/// one that a rule allows. No byte reaches an application before.</para>
/// <para>Files of certificates are watched and take effect for new connections; connections that are there go on. Members may be called from
/// any thread.</para>
/// </remarks>
public sealed class MeshTlsAgent : IAsyncDisposable
{
    private readonly MeshAgentOptions _options;
    private readonly AgentCore _core;
    private readonly EventLoop[] _loops;
    private readonly AgentListeners _listeners;
    private readonly IdentityWatcher _watcher;
    private readonly Lock _lock = new();
    private ITimer? _timer;
    private bool _disposed;

    /// <summary>Reads the certificates. Listens to nothing before <see cref="Start"/>.</summary>
    /// <param name="options">What to do.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    /// <exception cref="InvalidDataException">The certificates cannot be used; the message names the file.</exception>
    /// <exception cref="PlatformNotSupportedException">This is not Linux, or OpenSSL 3 (libssl.so.3) is not installed.</exception>
    public MeshTlsAgent(MeshAgentOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Platform.Require();
        _options = options;
        _core = new AgentCore(options, new AgentPolicy(options, options.Plan));
        _watcher = new IdentityWatcher(options.Certificates, options.Time, Use, _core.Tell);
        _core.Context = new TlsContext(_watcher.Current, id => _core.Policy.MayConnect(id), options.Time);
        _loops = [.. Enumerable.Range(0, options.Threads).Select(i => new EventLoop($"mesh agent {i}"))];
        _listeners = new AgentListeners(_core, _loops);
    }

    /// <summary>Who this agent is, by its certificate.</summary>
    public SpiffeId Identity => _watcher.Current.Id;

    /// <summary>When the certificate in use ends.</summary>
    public DateTimeOffset CertificateEnd => _watcher.Current.NotAfter;

    /// <summary>Connections at the moment: of applications, of agents, and flows of datagrams.</summary>
    public int Connections => _core.Connections;

    /// <summary>What was counted so far. The fields are read one after the other while counting goes on.</summary>
    public MeshAgentCounters Counters
    {
        get
        {
            var sum = default(MeshAgentCounters);
            foreach (EventLoop loop in _loops)
            {
                sum.Add(loop.Counters.Values);
            }

            return sum;
        }
    }

    /// <summary>Listens, and looks after the certificates.</summary>
    /// <exception cref="IOException">An address cannot be bound.</exception>
    public void Start()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            foreach (EventLoop loop in _loops)
            {
                loop.Start();
            }

            _listeners.Apply(_core.Policy);
            _timer = _options.Time.CreateTimer(_ => CheckCertificates(), null, _options.CertificateCheck, _options.CertificateCheck);
        }
    }

    /// <summary>
    /// Uses another plan: listeners are added and taken away, and new connections follow the new rules. Connections that are there keep their way.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <exception cref="IOException">An address cannot be bound; the rest of the plan is in use.</exception>
    public void Update(MeshPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _core.Policy = new AgentPolicy(_options, plan);
            _listeners.Apply(_core.Policy);
        }
    }

    /// <summary>Looks at the files of certificates now; by itself the agent does so every <see cref="MeshAgentOptions.CertificateCheck"/>.</summary>
    public void CheckCertificates()
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                _watcher.Check();
            }
        }
    }

    /// <summary>The address and port that a configured listener is bound to: with port 0 the system chose one.</summary>
    /// <param name="configured">As the options have it.</param>
    /// <exception cref="KeyNotFoundException">There is no such listener.</exception>
    public MeshEndpoint LocalOf(MeshEndpoint configured)
    {
        lock (_lock)
        {
            return _listeners.LocalOf(configured);
        }
    }

    /// <summary>Takes no new connections, asks other agents to open no more streams, and waits until those that are there have ended.</summary>
    /// <param name="patience">How long to wait.</param>
    /// <returns>True if all have ended; false if the time was up, and <see cref="DisposeAsync"/> will reset what is left.</returns>
    public async Task<bool> DrainAsync(TimeSpan patience)
    {
        _core.IsDraining = true;
        lock (_lock)
        {
            _listeners.Close();
        }

        long end = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (_core.Connections > 0 && Environment.TickCount64 < end)
        {
            await Task.Delay(20).ConfigureAwait(false);
        }

        return _core.Connections == 0;
    }

    /// <summary>Ends at once; connections that are left are reset.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            _core.IsDraining = true;
            _listeners.Close();
        }

        if (_timer is not null)
        {
            await _timer.DisposeAsync().ConfigureAwait(false);
        }

        foreach (EventLoop loop in _loops)
        {
            loop.Dispose();
        }

        _core.Context.Dispose();
    }

    /// <summary>Bytes that the loops' threads have allocated since they began.</summary>
    internal long AllocatedByLoops()
    {
        long sum = 0;
        foreach (EventLoop loop in _loops)
        {
            using var answered = new ManualResetEventSlim();
            loop.Post(() =>
            {
                sum += GC.GetAllocatedBytesForCurrentThread();
                answered.Set();
            });
            answered.Wait();
        }

        return sum;
    }

    private void Use(MeshIdentity identity)
    {
        TlsContext old = _core.Context;
        _core.Context = new TlsContext(identity, id => _core.Policy.MayConnect(id), _options.Time);
        // A loop that has just read the old one may still be about to use it.
        _loops[0].Post(() => RetireAfter(old, 1));
    }

    private void RetireAfter(TlsContext old, int next)
    {
        if (next == _loops.Length)
        {
            old.Dispose();
        }
        else
        {
            _loops[next].Post(() => RetireAfter(old, next + 1));
        }
    }
}
