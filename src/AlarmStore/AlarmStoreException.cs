namespace Weft.AlarmStore;

/// <summary>The database cannot be reached, refused, or has a form that this version does not know.</summary>
public sealed class AlarmStoreException : Exception
{
    /// <summary>An exception without a message.</summary>
    public AlarmStoreException()
    {
    }

    /// <summary>An exception that says what is wrong.</summary>
    public AlarmStoreException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what is wrong, and why.</summary>
    public AlarmStoreException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
