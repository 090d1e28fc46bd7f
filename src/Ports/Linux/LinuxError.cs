using System.Runtime.InteropServices;

namespace Weft.Ports.Linux;

/// <summary>Turns a refused system call into an exception that says what was tried and what the system answered.</summary>
internal static class LinuxError
{
    /// <summary>The result, or an <see cref="IOException"/> with the text of errno, which must still be that of the call.</summary>
    public static int Check(int result, string attempt) => result >= 0 ? result : throw Create(attempt);

    /// <summary>An exception for the last system call.</summary>
    public static IOException Create(string attempt)
    {
        int errno = Marshal.GetLastSystemError();
        return new IOException($"{attempt}: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})", errno);
    }
}
