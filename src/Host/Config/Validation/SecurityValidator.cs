using System.Numerics;
using System.Security.Cryptography;
using Weft.Encap;
using Weft.Host.Config.Document;
using Weft.Host.Config.Shapes;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Validation;

/// <summary>Protected peers: that they are peers, that SPIs identify, that keys are secret and no key is used twice, that queues exist.</summary>
internal static class SecurityValidator
{
    public static void Validate(ValidationContext context)
    {
        var keys = new Dictionary<string, Location>(StringComparer.Ordinal);
        var inbound = new List<(string, Location)>();
        foreach (VtepSection vtep in context.Document.Vteps)
        {
            UniqueValidator.Check(vtep.Security.Where(s => s.Peer.IsKnown).Select(s => (s.Peer.Value.ToString(), s.Peer.At)), "is protected already", context.Problems);
            foreach (SecuritySection security in vtep.Security)
            {
                ValidatePeer(vtep, security, context);
                ValidateSteering(security, context.Problems);
                UniqueValidator.Check(Spis(security.Outbound), "is an outbound association to this peer already", context.Problems);
                inbound.AddRange(Spis(security.Inbound));
                foreach (AssociationSection association in security.Outbound.Concat(security.Inbound))
                {
                    ValidateKey(association, keys, context);
                }
            }
        }

        UniqueValidator.Check(inbound, "is an inbound association already", context.Problems);
        foreach (ServiceSection service in context.Document.Services)
        {
            // A machine's associations are its own: another machine's may have the same numbers, but nobody's the same keys.
            UniqueValidator.Check(service.Encryption.Peers.Where(peer => peer.Address.IsKnown).Select(peer => (peer.Address.Value.ToString(), peer.Address.At)), "is encrypted for already", context.Problems);
            UniqueValidator.Check(service.Encryption.Peers.SelectMany(peer => Spis(peer.Inbound)), "is an inbound association already", context.Problems);
            foreach (EncryptionPeerSection peer in service.Encryption.Peers)
            {
                UniqueValidator.Check(Spis(peer.Outbound), "is an outbound association to this peer already", context.Problems);
                foreach (AssociationSection association in peer.Outbound.Concat(peer.Inbound))
                {
                    ValidateKey(association, keys, context);
                }
            }
        }
    }

    /// <summary>What is known of the peer's receive queues; null if nothing was written.</summary>
    public static RssReceiver? Receiver(SteeringSection steering)
    {
        if (!steering.IsWritten)
        {
            return null;
        }

        ToeplitzKey key = Scalars.TryParseHex(steering.Key.Value, out byte[] bytes) ? new ToeplitzKey(bytes) : ToeplitzKey.Microsoft;
        return new RssReceiver(key, steering.Table.Count > 0
            ? new RssIndirectionTable(steering.Table.Select(queue => (ushort)queue.Value).ToArray())
            : RssIndirectionTable.RoundRobin(steering.Entries.Value, steering.Queues.Value));
    }

    private static IEnumerable<(string Spi, Location At)> Spis(IEnumerable<AssociationSection> associations) =>
        associations.Where(association => association.Spi.IsKnown).Select(association => ($"0x{association.Spi.Value:x}", association.Spi.At));

    private static void ValidatePeer(VtepSection vtep, SecuritySection security, ValidationContext context)
    {
        bool isPeer = context.Document.Segments.Any(segment => segment.Vtep.IsKnown && vtep.Name.IsKnown && segment.Vtep.Value == vtep.Name.Value
            && segment.Peers.Concat(segment.Static.Select(entry => entry.Peer)).Any(peer => peer.IsKnown && peer.Value == security.Peer.Value));
        if (security.Peer.IsKnown && !isPeer)
        {
            context.Problems.Error(security.Peer.At, $"{security.Peer.Value} is no peer of any segment of this endpoint", "an address of segments[].peers");
        }
    }

    private static void ValidateSteering(SecuritySection security, ProblemList problems)
    {
        SteeringSection steering = security.Steering;
        IEnumerable<AssociationSection> aimed = security.Outbound.Where(association => association.Queue.IsWrittenAndKnown);
        if (!steering.IsWritten)
        {
            foreach (AssociationSection association in aimed)
            {
                problems.Error(association.Queue.At, "the peer's receive queues are not known", "steering beside it");
            }

            return;
        }

        if (security.UdpEncapsulation is { IsKnown: true, Value: false })
        {
            problems.Error(steering.At, "without UDP there is no source port to choose a queue by", "udpEncapsulation true");
        }

        if (HasTable(steering, problems))
        {
            ValidateQueues(security, Receiver(steering)!.Table, problems);
        }
    }

    private static bool HasTable(SteeringSection steering, ProblemList problems)
    {
        if (steering.Table.Count > 0)
        {
            if (!BitOperations.IsPow2(steering.Table.Count))
            {
                problems.Error(steering.Table[0].At, $"the table has {steering.Table.Count} entries", "a power of two");
                return false;
            }

            return steering.Key.IsKnown && steering.Table.TrueForAll(queue => queue.IsKnown);
        }

        if (steering.Entries.IsKnown && !BitOperations.IsPow2(steering.Entries.Value))
        {
            problems.Error(steering.Entries.At, $"a table of {steering.Entries.Value} entries", "a power of two");
            return false;
        }

        if (!steering.Queues.IsWritten)
        {
            problems.Error(steering.At, "neither queues nor table is written", "one of the two");
            return false;
        }

        if (steering.Queues.IsKnown && steering.Entries.IsKnown && steering.Queues.Value > steering.Entries.Value)
        {
            problems.Error(steering.Queues.At, $"{steering.Queues.Value} queues do not stand in a table of {steering.Entries.Value} entries", $"at most {steering.Entries.Value}");
            return false;
        }

        return steering.Key.IsKnown && steering.Queues.IsKnown && steering.Entries.IsKnown;
    }

    private static void ValidateQueues(SecuritySection security, RssIndirectionTable table, ProblemList problems)
    {
        foreach (AssociationSection association in security.Outbound)
        {
            if (!association.Queue.IsWritten)
            {
                problems.Error(association.At, "the association is aimed at no queue", "queue, as steering is known");
            }
            else if (association.Queue.IsKnown && !table.Entries.Contains((ushort)association.Queue.Value))
            {
                problems.Error(association.Queue.At, $"queue {association.Queue.Value} is not in the peer's table", $"one of its {table.QueueCount} queues");
            }
        }
    }

    private static void ValidateKey(AssociationSection association, Dictionary<string, Location> keys, ValidationContext context)
    {
        if (!association.KeyFile.IsKnown || !association.Algorithm.IsKnown)
        {
            return;
        }

        if (!KeyFile.TryRead(context.Resolve(association.KeyFile.Value), association.Algorithm.Value, out byte[] material, out string problem))
        {
            context.Problems.Error(association.KeyFile.At, problem);
            return;
        }

        // Two associations with one key would use each nonce twice, which gives away both texts (RFC 4106 section 2).
        string digest = Convert.ToHexString(SHA256.HashData(material.AsSpan(0, Aead.KeyLength(association.Algorithm.Value))));
        CryptographicOperations.ZeroMemory(material);
        if (!keys.TryAdd(digest, association.KeyFile.At))
        {
            context.Problems.Error(association.KeyFile.At, $"the key is that of {keys[digest].Path} as well", "a key of its own for every association and direction");
        }
    }
}
