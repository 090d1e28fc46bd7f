namespace Weft.Conformance.Support;

/// <summary>Messages of an exporter as a capture that a dissector reads.</summary>
public static class IpfixCapture
{
    private const int CollectorPort = 4739;
    private const int HeaderBytes = 42;

    /// <summary>Writes each message in a UDP datagram to the collector's port, in the classic format of captures.</summary>
    public static void Write(Stream file, IEnumerable<byte[]> messages)
    {
        file.Write([0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 1, 0, 0, 0]);
        foreach (byte[] message in messages)
        {
            byte[] frame = new byte[HeaderBytes + message.Length];
            int length = frame.Length - 14;
            (frame[12], frame[14], frame[16], frame[17], frame[22], frame[23]) = (8, 0x45, (byte)(length >> 8), (byte)length, 64, 17);
            (frame[26], frame[29], frame[30], frame[33]) = (10, 1, 10, 2);
            (frame[34], frame[35], frame[36], frame[37]) = (40000 >> 8, 40000 & 255, CollectorPort >> 8, CollectorPort & 255);
            (frame[38], frame[39]) = ((byte)((length - 20) >> 8), (byte)(length - 20));
            message.CopyTo(frame, HeaderBytes);
            file.Write(new byte[8]);
            file.Write(BitConverter.GetBytes(frame.Length));
            file.Write(BitConverter.GetBytes(frame.Length));
            file.Write(frame);
        }
    }
}
