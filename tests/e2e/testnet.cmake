# The test network from outside, on free ports of loopback.
if(NOT TARGET vuicc-testnet)
  return()
endif()

vuicc_script_test(testnet_serves_curl_and_a_ue_in_python e2e /usr/bin/python3 ${VUICC_AREA_DIR}/net_testnet.py)
vuicc_script_test(testnet_does_what_its_operator_wants e2e /usr/bin/python3 ${VUICC_AREA_DIR}/net_operator.py)
vuicc_script_test(testnet_keys_on_the_uicc_and_in_the_me e2e /usr/bin/python3 ${VUICC_AREA_DIR}/net_modes.py)
vuicc_script_test(testnet_lists_thousands_of_ues e2e /usr/bin/python3 ${VUICC_AREA_DIR}/net_list.py)
vuicc_script_test(testnet_gives_each_peer_its_share e2e /usr/bin/python3 ${VUICC_AREA_DIR}/net_bounds.py)
vuicc_script_test(testnet_begins_with_100000_subscribers_and_ues e2e
  /usr/bin/python3 ${VUICC_AREA_DIR}/net_subscribers.py)
if(TARGET vuicc-me)
  vuicc_script_test(testnet_in_two_processes_with_zn_between e2e /usr/bin/python3 ${VUICC_AREA_DIR}/net_zn.py)
  vuicc_script_test(testnet_is_started_again_and_no_ue_notices e2e /usr/bin/python3 ${VUICC_AREA_DIR}/net_restart.py)
  foreach(part ub ua octets uicc me patience)
    vuicc_script_test(me_against_the_faults_of_a_network_${part} e2e
      /usr/bin/python3 ${VUICC_AREA_DIR}/net_faults.py ${part})
  endforeach()
endif()
