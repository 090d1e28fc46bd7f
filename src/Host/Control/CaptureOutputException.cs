namespace Weft.Host.Control;

/// <summary>What was captured could not be written: the disk is full, or whoever read it is gone.</summary>
/// <param name="cause">What the system said.</param>
public sealed class CaptureOutputException(IOException cause) : Exception(cause.Message, cause);
