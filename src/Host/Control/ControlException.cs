namespace Weft.Host.Control;

/// <summary>The control socket could not be used, or the switch behind it refused a request. The message is meant for a person.</summary>
public sealed class ControlException : Exception
{
    /// <summary>Creates the exception.</summary>
    public ControlException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    public ControlException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
