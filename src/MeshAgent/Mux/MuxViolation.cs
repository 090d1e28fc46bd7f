namespace Weft.MeshAgent.Mux;

/// <summary>How a peer broke the protocol. The connection ends, and with it all its streams.</summary>
internal enum MuxViolation
{
    None,
    UnknownFrame,
    FlagsSet,
    WrongLength,
    SettingsMissing,
    SettingsTwice,
    SettingsUnusable,
    UnknownVersion,
    StreamZero,
    StreamIdReused,
    StreamNeverOpened,
    OpenByAcceptor,
    OpenUnreadable,
    TooManyStreams,
    AcceptByInitiator,
    AcceptTwice,
    DataAfterFinish,
    DataAfterEnd,
    FinishTwice,
    ResetTwice,
    CreditExceeded,
    CreditZero,
    CreditOverflow,
}
