namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>schedulers</c>.</summary>
internal sealed class SchedulerSection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<bool> Trust { get; set; }

    public Setting<int> Kilobits { get; set; }

    public Setting<int> BurstBytes { get; set; }

    public List<SchedulerQueueSection> Queues { get; } = [];
}
