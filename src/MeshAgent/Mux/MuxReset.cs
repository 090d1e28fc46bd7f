namespace Weft.MeshAgent.Mux;

/// <summary>Why a stream was reset. A number that is not known is treated as <see cref="Broken"/>.</summary>
internal enum MuxReset : byte
{
    /// <summary>The application's connection broke, or answers a reset.</summary>
    Broken = 0,

    /// <summary>The application did not accept the connection.</summary>
    ApplicationFailed = 1,

    /// <summary>No rule allows it.</summary>
    NotAllowed = 2,

    /// <summary>There are as many streams or connections as there may be.</summary>
    Limit = 3,

    /// <summary>This side is about to leave.</summary>
    Leaving = 4,
}
