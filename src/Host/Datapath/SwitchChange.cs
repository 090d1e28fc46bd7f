using Weft.Host.Datapath.Security;
using Weft.Host.Datapath.Workers;
using Weft.Ports;

namespace Weft.Host.Datapath;

/// <summary>
/// What was built for another configuration, until it is in force; then what the configuration before had. Disposing of it gives back what is not needed
/// any more, which takes long and disturbs nobody.
/// </summary>
internal sealed class SwitchChange : IDisposable
{
    private bool _isDisposed;

    /// <summary>The new cores; after the change the old ones.</summary>
    public required SwitchCore[] Cores { get; set; }

    /// <summary>What the places of the old configuration are called in the new one.</summary>
    public required NewNumbers Numbers { get; init; }

    public required SwitchClock Clock { get; init; }

    public required WorkerExchange Exchange { get; init; }

    /// <summary>The new associations; after the change the old ones.</summary>
    public required SecurityAssociations Security { get; set; }

    /// <summary>The new buffers; after the change the old ones.</summary>
    public required PacketPool[] Pools { get; set; }

    /// <summary>Whether both have the same buffers.</summary>
    public required bool KeepsPools { get; init; }

    /// <summary>Whether the change is made.</summary>
    public bool IsCommitted { get; set; }

    /// <summary>Gives back what was built.</summary>
    public required Action<SwitchChange> Abandon { get; init; }

    /// <summary>Gives back what was replaced.</summary>
    public required Action<SwitchChange> Conclude { get; init; }

    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        (IsCommitted ? Conclude : Abandon)(this);
    }
}
