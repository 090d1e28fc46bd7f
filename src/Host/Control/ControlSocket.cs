using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Weft.Host.Datapath;

namespace Weft.Host.Control;

/// <summary>Makes control sockets without stealing a living one.</summary>
internal static class ControlSocket
{
    private const int Backlog = 16;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Listens on a path; a socket file whose switch is dead is replaced.</summary>
    /// <exception cref="SwitchStartException">A switch answers on the path, the path is something else, or the system refuses.</exception>
    public static Socket Listen(string path)
    {
        try
        {
            RemoveIfStale(path);
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                // Nobody can connect between bind and chmod, because the socket does not listen yet.
                socket.Bind(new UnixDomainSocketEndPoint(path));
                Restrict(path);
                socket.Listen(Backlog);
                return socket;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        catch (Exception refused) when (refused is SocketException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new SwitchStartException($"control socket {path}: {refused.Message}", refused);
        }
    }

    private static void Restrict(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, OwnerOnly);
        }
    }

    private static void RemoveIfStale(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        if (IsOrdinaryFile(path))
        {
            throw new SwitchStartException($"control socket {path}: there is a file that is no socket.");
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException dead) when (dead.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }

        throw new SwitchStartException($"control socket {path}: another running switch answers there. Stop it, or configure another path.");
    }

    /// <summary>A socket cannot be opened like a file (ENXIO), which is the portable way to tell the two apart.</summary>
    private static bool IsOrdinaryFile(string path)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
