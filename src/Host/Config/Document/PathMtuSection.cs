namespace Weft.Host.Config.Document;

/// <summary>The key <c>pathMtu</c> of a tunnel endpoint.</summary>
internal sealed class PathMtuSection : Section
{
    public Setting<bool> Probe { get; set; }

    public Setting<int> ProbeTimeoutSeconds { get; set; }

    public Setting<int> MaxProbes { get; set; }

    public Setting<int> ConfirmSeconds { get; set; }

    public Setting<int> RaiseMinutes { get; set; }
}
