"""Turns tshark's PDML (standard input) into the table of expectations (standard output): one line a header.

Columns: frame number, header, its offset in the frame, its length, and fields as name=value separated by spaces.
Every value is tshark's own; this file only chooses which ones are kept.
"""

import sys
import xml.etree.ElementTree as xml

# header -> fields kept, as tshark names them; in the table they lose the header's name in front.
FIELDS = {
    "eth": "dst src type len trailer padding",
    "vlan": "priority dei id etype",
    "ieee8021ad": "priority dei id etype",
    "llc": "dsap ssap",
    "stp": "version type root.hw bridge.hw port",
    "lldp": "chassis.id.mac time_to_live",
    "arp": "opcode src.hw_mac src.proto_ipv4 dst.hw_mac dst.proto_ipv4",
    "ip": "hdr_len dsfield.dscp dsfield.ecn len id flags.df flags.mf frag_offset ttl proto checksum checksum.status src dst",
    "ipv6": "tclass.dscp tclass.ecn flow plen nxt hlim src dst",
    "ipv6.hopopts": "nxt len",
    "ipv6.dstopts": "nxt len",
    "ipv6.routing": "nxt len type segleft",
    "ipv6.fraghdr": "nxt offset more ident",
    "udp": "srcport dstport length checksum checksum.status",
    "tcp": "srcport dstport seq_raw ack_raw hdr_len flags window_size_value checksum checksum.status urgent_pointer "
           "options.mss_val options.wscale.shift options.sack_perm options.timestamp.tsval options.timestamp.tsecr",
    "icmp": "type code checksum checksum.status ident seq mtu redir_gw",
    "icmpv6": "type code checksum checksum.status echo.identifier echo.sequence_number mtu nd.ns.target_address "
              "nd.na.target_address opt.linkaddr mld.maximum_response_delay mld.maximum_response_code mld.multicast_address "
              "mldr.nb_mcast_records mldr.mar.record_type mldr.mar.multicast_address mldr.mar.source_address mldr.mar.nb_sources",
    "igmp": "version type max_resp checksum checksum.status maddr num_src num_grp_recs record_type saddr s qrv qqic",
    "vrrp": "version type virt_rtr_id prio addr_count adver_int short_adver_int checksum checksum.status auth_type ip_addr ipv6_addr",
    "vxlan": "flags gbp vni next_proto",
    "geneve": "version option.length flags.oam flags.critical proto_type vni option.class option.type option.length",
    "gre": "proto flags.checksum flags.key flags.sequence_number key sequence_number checksum checksum.status",
    "nsh": "version Oam TTL length metadatatype nextprotocol spi si nextproto mdtype ttl",
    "bfd": "version diag sta flags flags.p flags.f flags.c flags.a flags.d flags.m detect_time_multiplier message_length "
           "my_discriminator your_discriminator desired_min_tx_interval required_min_rx_interval required_min_echo_interval",
    "esp": "spi sequence",
    "udpencap": "nat_keepalive non_esp_marker",
    "isakmp": "ispi rspi",
    "_ws.malformed": "",
}
# Values for a person, not for a comparison with bytes.
TEXT = {"padding", "trailer"}


def rows(node, frame, kept, out):
    """Appends one row a header, in the order of the frame; protocols inside protocols (ICMP's quotation) included."""
    for child in node:
        if child.tag == "proto":
            name = child.get("name")
            if name in FIELDS:
                values = []
                out.append((frame, name, child.get("pos"), child.get("size"), values))
                rows(child, frame, (name, FIELDS[name].split(), values), out)
            elif name in ("geninfo", "frame"):
                continue
            else:
                rows(child, frame, None, out)
        elif child.tag == "field":
            name = child.get("name")
            if kept and name.startswith(kept[0] + ".") and name[len(kept[0]) + 1:] in kept[1]:
                short = name[len(kept[0]) + 1:]
                show = child.get("size") if short in TEXT else child.get("show").replace(" ", "_")
                kept[2].append(f"{short}={show}")
            elif name in FIELDS and "." in name and name.startswith("ipv6."):
                values = []
                out.append((frame, name, child.get("pos"), child.get("size"), values))
                rows(child, frame, (name, FIELDS[name].split(), values), out)
                continue
            rows(child, frame, kept, out)


def main():
    number = 0
    for _, node in xml.iterparse(sys.stdin.buffer):
        if node.tag != "packet":
            continue
        number += 1
        info = {f.get("name"): f.get("show") for f in node.find("proto[@name='frame']")}
        print(number, "frame", 0, info["frame.cap_len"], f"len={info['frame.len']}", sep="\t")
        out = []
        rows(node, number, None, out)
        for frame, name, pos, size, values in out:
            print(frame, "malformed" if name == "_ws.malformed" else name, pos, size, " ".join(values), sep="\t")
        node.clear()


main()
