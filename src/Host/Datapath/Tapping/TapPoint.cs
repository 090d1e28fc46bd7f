namespace Weft.Host.Datapath.Tapping;

/// <summary>Where a frame was when a tap took a copy of it.</summary>
internal enum TapPoint : byte
{
    /// <summary>A port had received it.</summary>
    In,

    /// <summary>A port had sent it.</summary>
    Out,

    /// <summary>A stage was about to deal with it.</summary>
    Stage,

    /// <summary>A stage had dropped it.</summary>
    Drop,
}
