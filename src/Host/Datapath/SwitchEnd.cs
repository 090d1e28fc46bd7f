namespace Weft.Host.Datapath;

/// <summary>Why a switch stopped.</summary>
public enum SwitchEnd
{
    /// <summary>Every port is a capture or simulation, and all of them have delivered their last frame.</summary>
    InputEnded,

    /// <summary>Somebody asked it to.</summary>
    Stopped,

    /// <summary>The worker met an exception, which is a defect; counters up to it are in the result.</summary>
    Failed,
}
