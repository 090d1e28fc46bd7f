namespace Weft.Host.Datapath.Machines;

/// <summary>What a set remembers of a flow for intrusion detection, whose detector remembers the rest itself.</summary>
internal struct InspectionState
{
    /// <summary>Alerts of the flow.</summary>
    public ulong Alerts;
}
