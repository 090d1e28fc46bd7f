using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Weft.Host.Control;

/// <summary>
/// Who is at the other end of a control socket, as the kernel noted when it connected (unix(7), SO_PEERCRED). The mode of the socket file keeps others out already;
/// this holds when somebody changed the mode, or handed the file on.
/// </summary>
internal static partial class PeerCredentials
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;
    private const int UserOffset = 4;
    private const int Bytes = 12;

    /// <summary>True for root and for the user that runs the switch. Where the system keeps no credentials the mode of the file has to do.</summary>
    public static bool MayOperate(Socket client)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        Span<byte> credentials = stackalloc byte[Bytes];
        if (client.GetRawSocketOption(SolSocket, SoPeerCred, credentials) < Bytes)
        {
            return false;
        }

        uint user = MemoryMarshal.Read<uint>(credentials[UserOffset..]);
        return user == 0 || user == GetEffectiveUser();
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUser();
}
