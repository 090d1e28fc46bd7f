namespace Weft.Host.Datapath;

/// <summary>Why a switch stopped.</summary>
public enum SwitchEnd
{
    /// <summary>Every port is a capture or simulation, and all of them have delivered their last frame.</summary>
    InputEnded,

    /// <summary>Somebody asked it to.</summary>
    Stopped,

    /// <summary>Another process went on with its ports, and with what it knew.</summary>
    HandedOver,

    /// <summary>The last frames of a capture could not be written: the disk is full or failing. The result's failure says which.</summary>
    OutputFailed,

    /// <summary>The worker met an exception, which is a defect; counters up to it are in the result.</summary>
    Failed,
}
