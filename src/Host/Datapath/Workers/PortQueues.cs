using Weft.Ports;

namespace Weft.Host.Datapath.Workers;

/// <summary>
/// Handles by which workers use ports that are other workers', where the device allows several: a packet socket of one's own sends
/// without asking anybody.
/// </summary>
internal sealed class PortQueues : IDisposable
{
    private readonly Dictionary<(IPort Port, int Worker), IPort?> _handles = [];

    /// <summary>A worker's handle to a port of another one, opened when it is first asked for; null if the device has only the one.</summary>
    /// <exception cref="SwitchStartException">The system refused.</exception>
    public IPort? Of(IPort port, int worker)
    {
        if (port is not IMultiQueuePort device)
        {
            return null;
        }

        if (!_handles.TryGetValue((port, worker), out IPort? handle))
        {
            try
            {
                _handles[(port, worker)] = handle = device.TryOpenQueue();
            }
            catch (IOException refused)
            {
                throw new SwitchStartException($"port {port.Name}: worker {worker} cannot use it: {refused.Message}", refused);
            }
        }

        return handle;
    }

    /// <summary>Closes handles to ports and of workers that are no more.</summary>
    public void Keep(IPort[] ports, int workers)
    {
        foreach ((IPort port, int worker) in _handles.Keys.Where(key => key.Worker >= workers || !ports.Contains(key.Port)).ToArray())
        {
            _handles[(port, worker)]?.Dispose();
            _ = _handles.Remove((port, worker));
        }
    }

    public void Dispose() => Keep([], workers: 0);
}
