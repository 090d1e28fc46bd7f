using System.Runtime.ExceptionServices;
using Microsoft.Win32.SafeHandles;

namespace Weft.Ports.Linux;

/// <summary>
/// Opens things inside another network namespace. A descriptor belongs for its whole life to the namespace in which it was
/// opened, so only the opening has to happen inside.
/// </summary>
internal static class NetworkNamespace
{
    /// <summary>Runs <paramref name="open"/> inside the namespace; in the caller's own if the name is null.</summary>
    /// <param name="nameOrPath">A name that <c>ip netns</c> knows, or the path of a namespace file; null for the caller's own.</param>
    /// <param name="open">What to do inside. It must not leave work on other threads.</param>
    public static T Run<T>(string? nameOrPath, Func<T> open)
    {
        if (nameOrPath is null)
        {
            return open();
        }

        T result = default!;
        ExceptionDispatchInfo? failure = null;
        // setns changes the calling thread. A thread of its own ends right after, so no pool thread is ever left behind in
        // a foreign namespace, not even when going back would fail.
        var thread = new Thread(() =>
        {
            try
            {
                Enter(nameOrPath.Contains('/') ? nameOrPath : "/var/run/netns/" + nameOrPath);
                result = open();
            }
            catch (Exception thrown)
            {
                failure = ExceptionDispatchInfo.Capture(thrown);
            }
        })
        { IsBackground = true, Name = "weft-netns" };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    private static void Enter(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        LinuxError.Check(Libc.setns((int)file.DangerousGetHandle(), Libc.CLONE_NEWNET), $"cannot enter the network namespace {path}");
    }
}
