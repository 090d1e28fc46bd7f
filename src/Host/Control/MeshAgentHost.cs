using Weft.Host.Config;
using Weft.MeshAgent;

namespace Weft.Host.Control;

/// <summary>The agent of a mesh, as a configuration describes it. Members may be called from any thread.</summary>
public sealed class MeshAgentHost : IAsyncDisposable
{
    private readonly MeshTlsAgent _agent;

    private MeshAgentHost(MeshTlsAgent agent) => _agent = agent;

    /// <summary>Connections at the moment.</summary>
    public int Connections => _agent.Connections;

    /// <summary>Until when the certificate in use is valid.</summary>
    public DateTimeOffset CertificateEnd => _agent.CertificateEnd;

    /// <summary>Starts the agent: it listens where the plan says.</summary>
    /// <param name="mesh">The part in the mesh.</param>
    /// <param name="tell">Gets what an operator should know, a sentence each; must be quick and must not throw.</param>
    /// <exception cref="Datapath.SwitchStartException">Certificates cannot be used, they name somebody else, or an address cannot be bound.</exception>
    public static async Task<MeshAgentHost> StartAsync(MeshHostPlan mesh, Action<string> tell)
    {
        ArgumentNullException.ThrowIfNull(mesh);
        ArgumentNullException.ThrowIfNull(tell);
        MeshTlsPlan tls = mesh.Tls ?? throw new Datapath.SwitchStartException("the mesh has no 'tls', so nobody could know who its agent is");
        MeshTlsAgent? agent = null;
        try
        {
            agent = new MeshTlsAgent(new MeshAgentOptions
            {
                Certificates = new CertificateFiles
                {
                    Certificate = tls.CertificatePath,
                    Key = tls.KeyPath,
                    Bundles = new Dictionary<string, string> { [mesh.Plan.Self.Identity.TrustDomain] = tls.BundlePath },
                },
                Plan = mesh.Plan,
                Mode = tls.Mode == MeshTunnelMode.PerConnection ? TunnelMode.PerConnection : TunnelMode.Multiplexed,
                OnEvent = happened => tell($"{Observe.EnumWords<MeshAgentEventKind>.Of(happened.Kind)}: {happened.Text}"),
            });
            if (agent.Identity != mesh.Plan.Self.Identity)
            {
                throw new Datapath.SwitchStartException($"{tls.CertificatePath} names {agent.Identity}, and {mesh.Plan.Self.Name} is {mesh.Plan.Self.Identity}: nobody would connect to it");
            }

            agent.Start();
            return new MeshAgentHost(agent);
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException or ArgumentException or PlatformNotSupportedException or Datapath.SwitchStartException)
        {
            if (agent is not null)
            {
                await agent.DisposeAsync().ConfigureAwait(false);
            }

            throw failure as Datapath.SwitchStartException ?? new Datapath.SwitchStartException($"the agent cannot start: {failure.Message}");
        }
    }

    /// <summary>Uses another plan: new connections follow it, and those that are there keep their way.</summary>
    /// <exception cref="Datapath.SwitchStartException">An address cannot be bound; the rest of the plan is in use.</exception>
    public void Reload(MeshHostPlan mesh)
    {
        ArgumentNullException.ThrowIfNull(mesh);
        try
        {
            _agent.Update(mesh.Plan);
        }
        catch (IOException failure)
        {
            throw new Datapath.SwitchStartException(failure.Message);
        }
    }

    /// <summary>Takes no new connections and waits for those that are there.</summary>
    /// <returns>True if all have ended; false if the time was up.</returns>
    public Task<bool> DrainAsync(TimeSpan patience) => _agent.DrainAsync(patience);

    /// <summary>What the agent has done, a line each.</summary>
    public IEnumerable<string> Describe()
    {
        MeshAgentCounters counters = _agent.Counters;
        yield return $"{counters.LocalAccepted} connections of applications, {counters.TunnelsAccepted} TLS connections accepted, {counters.TunnelsDialled} made";
        yield return $"{counters.Handshakes} handshakes ({counters.Resumptions} resumed), {counters.HandshakeFailures} failed, {counters.HandshakeTimeouts} too slow";
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _agent.DisposeAsync();
}
