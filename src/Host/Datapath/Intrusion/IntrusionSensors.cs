using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Datapath.Intrusion;

/// <summary>All sensors of a worker.</summary>
internal sealed class IntrusionSensors : IDisposable
{
    public IntrusionSensors(SwitchPlan plan, HashSeed seed, Timestamp start, EventLog events, bool isTwin) =>
        All = [.. plan.Ids.Select(sensor => new IdsSensor(sensor, plan, seed, start, events, isTwin))];

    /// <summary>In the order of the configuration; an array, because an enumerator for every vector would be garbage.</summary>
    public IdsSensor[] All { get; }

    /// <summary>Whether there is anything to inspect with.</summary>
    public bool Any => All.Length > 0;

    /// <summary>Sensors of the same name go on where the old ones left off.</summary>
    public void CarryOver(IntrusionSensors old)
    {
        foreach (IdsSensor sensor in All)
        {
            if (old.All.FirstOrDefault(known => known.Plan.Name == sensor.Plan.Name) is IdsSensor before)
            {
                sensor.CarryOver(before);
            }
        }
    }

    /// <summary>Tells of conversations that are over.</summary>
    public void Advance(Timestamp now)
    {
        foreach (IdsSensor sensor in All)
        {
            sensor.Advance(now);
        }
    }

    public void Dispose()
    {
        foreach (IdsSensor sensor in All)
        {
            sensor.Dispose();
        }
    }
}
