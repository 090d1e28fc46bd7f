using Weft.Ports;

namespace Weft.Host.Observe;

/// <summary>Asks a port what is wrong with it.</summary>
internal static class PortProblem
{
    /// <summary>The problem in words, null if there is none.</summary>
    public static string? Of(IPort port) => port switch
    {
        PcapPort capture => capture.Error,
        DevicePort device when device.Status == PortStatus.Down => device.LastError,
        MemifPort memif when memif.Status == PortStatus.Down => memif.LastError,
        _ => null,
    };
}
