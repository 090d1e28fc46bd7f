using System.Runtime.InteropServices;

namespace Weft.Ports.Linux;

/// <summary>
/// A device feature that only the newer requests of ethtool know: by its name, whose place in the kernel's list is looked up once. Asking allocates nothing.
/// </summary>
internal sealed unsafe class DeviceFeatures : IDisposable
{
    /// <summary>What <c>ethtool -k</c> calls it.</summary>
    private static ReadOnlySpan<byte> UdpSegmentation => "tx-udp-segmentation"u8;

    private const int WordBits = 32;

    /// <summary>Words of struct ethtool_get_features_block: available, requested, active, never changed.</summary>
    private const int BlockWords = 4;
    private const int ActiveWord = 2;

    /// <summary>Command and count in front of blocks and of strings.</summary>
    private const int HeaderWords = 2;
    private readonly uint* _answer;
    private readonly int _blocks;
    private readonly int _bit;

    private DeviceFeatures(uint* answer, int blocks, int bit)
    {
        _answer = answer;
        (_blocks, _bit) = (blocks, bit);
    }

    /// <summary>Sends what a pointer points to.</summary>
    public delegate bool Request(void* data);

    /// <summary>Looks the feature up; null if this kernel has none of the name.</summary>
    public static DeviceFeatures? Find(Request ask)
    {
        // struct ethtool_sset_info: command, reserved, a mask of 64 bits, and the length of each set asked for.
        uint* set = stackalloc uint[5];
        new Span<uint>(set, 5).Clear();
        (set[0], set[2]) = (Libc.ETHTOOL_GSSET_INFO, 1u << (int)Libc.ETH_SS_FEATURES);
        if (!ask(set) || set[4] == 0)
        {
            return null;
        }

        int count = (int)set[4];
        // struct ethtool_gstrings: command, set, length, strings.
        uint* strings = (uint*)NativeMemory.AllocZeroed((nuint)(3 * sizeof(uint) + count * Libc.ETH_GSTRING_LEN));
        try
        {
            (strings[0], strings[1], strings[2]) = (Libc.ETHTOOL_GSTRINGS, Libc.ETH_SS_FEATURES, (uint)count);
            if (!ask(strings))
            {
                return null;
            }

            for (int bit = 0; bit < count; bit++)
            {
                var name = new ReadOnlySpan<byte>((byte*)(strings + 3) + bit * Libc.ETH_GSTRING_LEN, Libc.ETH_GSTRING_LEN);
                if (name[..(name.IndexOf((byte)0) is >= 0 and int end ? end : name.Length)].SequenceEqual(UdpSegmentation))
                {
                    int blocks = (count + WordBits - 1) / WordBits;
                    return new DeviceFeatures((uint*)NativeMemory.AllocZeroed((nuint)(HeaderWords + blocks * BlockWords), sizeof(uint)), blocks, bit);
                }
            }

            return null;
        }
        finally
        {
            NativeMemory.Free(strings);
        }
    }

    /// <summary>True if the device has it and it is on now.</summary>
    public bool IsOn(Request ask)
    {
        (_answer[0], _answer[1]) = (Libc.ETHTOOL_GFEATURES, (uint)_blocks);
        return ask(_answer) && (_answer[HeaderWords + _bit / WordBits * BlockWords + ActiveWord] >> _bit % WordBits & 1) != 0;
    }

    public void Dispose() => NativeMemory.Free(_answer);
}
