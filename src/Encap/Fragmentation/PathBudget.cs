namespace Weft.Encap;

/// <summary>
/// How many inner bytes fit a packet once every header of the stack is paid for: outer IP, UDP and tunnel header, fragment
/// information and, where the tunnel is encrypted, ESP with its alignment.
/// </summary>
/// <param name="MtuBytes">Smaller of the path's and the remote endpoint's MTU: the largest outer IP packet.</param>
/// <param name="IpBytes">Outer IP header: 20 or 40.</param>
/// <param name="TunnelBytes">UDP and tunnel header without options: 16.</param>
/// <param name="FragmentBytes">Fragment information: 12 for the Geneve option.</param>
/// <param name="EspBytes">ESP header and IV, with the UDP header in front of ESP if there is one; 0 without ESP.</param>
public readonly record struct PathBudget(int MtuBytes, int IpBytes, int TunnelBytes, int FragmentBytes, int EspBytes = 0)
{
    /// <summary>Most inner bytes of a packet that carries a whole frame.</summary>
    public int Whole => Room - TunnelBytes;

    /// <summary>Most inner bytes of a packet that carries a fragment.</summary>
    public int Fragment => Room - TunnelBytes - FragmentBytes;

    /// <summary>
    /// Bytes behind the IP header, or inside ESP: there, what header, IV and tag leave, rounded down to the alignment of four,
    /// without pad length and next header (RFC 4303 section 2.4).
    /// </summary>
    private int Room => EspBytes == 0
        ? MtuBytes - IpBytes
        : ((MtuBytes - IpBytes - EspBytes - Aead.TagLength) & -EspFormat.Alignment) - EspFormat.TrailerLength;
}
