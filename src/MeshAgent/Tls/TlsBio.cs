using System.Runtime.InteropServices;
using Weft.MeshAgent.Native;

namespace Weft.MeshAgent.Tls;

/// <summary>
/// Where OpenSSL takes records from and puts them: the connection that is running on this thread. So records gather in its buffers, and
/// one system call moves several, where OpenSSL by itself makes three for each.
/// </summary>
internal static unsafe class TlsBio
{
    private static readonly nint Method = Create();

    public static nint New()
    {
        nint bio = OpenSsl.BIO_new(Method);
        OpenSsl.BIO_set_init(bio, 1);
        return bio;
    }

    private static nint Create()
    {
        fixed (byte* name = "weft loop socket\0"u8)
        {
            nint method = OpenSsl.BIO_meth_new(OpenSsl.BioTypeSource | 0x7F, name);
            _ = OpenSsl.BIO_meth_set_read(method, &Read);
            _ = OpenSsl.BIO_meth_set_write(method, &Write);
            _ = OpenSsl.BIO_meth_set_ctrl(method, &Control);
            return method;
        }
    }

    [UnmanagedCallersOnly]
    private static int Read(nint bio, byte* buffer, int length)
    {
        OpenSsl.BIO_clear_flags(bio, OpenSsl.BioFlagsOfRetry);
        int count = TlsConnection.Current!.TakeInput(new Span<byte>(buffer, length));
        if (count < 0)
        {
            OpenSsl.BIO_set_flags(bio, OpenSsl.BioFlagRead | OpenSsl.BioFlagRetry);
        }

        return count;
    }

    [UnmanagedCallersOnly]
    private static int Write(nint bio, byte* buffer, int length)
    {
        TlsConnection.Current!.AddOutput(new ReadOnlySpan<byte>(buffer, length));
        return length;
    }

    [UnmanagedCallersOnly]
    private static nint Control(nint bio, int command, nint number, void* pointer) => command == OpenSsl.BioControlFlush ? 1 : 0;
}
