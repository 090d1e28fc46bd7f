namespace Weft.Host.Config.Document;

/// <summary>One queue of a scheduler.</summary>
internal sealed class SchedulerQueueSection : Section
{
    public Setting<int> Queue { get; set; }

    public Setting<int> Weight { get; set; }

    public Setting<int> Frames { get; set; }

    public Setting<int> Bytes { get; set; }

    public Setting<int> EcnFrames { get; set; }

    public List<Setting<int>> Dscp { get; } = [];

    public List<Setting<int>> Priorities { get; } = [];
}
