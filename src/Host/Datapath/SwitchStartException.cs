namespace Weft.Host.Datapath;

/// <summary>The switch cannot start, or take a new configuration, because of something outside it. The message is meant for a person.</summary>
public sealed class SwitchStartException : Exception
{
    /// <summary>Creates the exception.</summary>
    public SwitchStartException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    public SwitchStartException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
